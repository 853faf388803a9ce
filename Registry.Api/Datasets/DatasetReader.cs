using System.Data.Common;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Search;

namespace Slipway.Registry.Api.Datasets;

/// <summary>The datasets that runs have read: how they are loaded with the runs, and how a search of runs speaks of them.</summary>
internal static class DatasetReader
{
    /// <summary>A row for each tag of an input (one for an input without), in the order of runs and inputs; <c>$1</c> are the runs' ids.</summary>
    public const string Sql = """
        SELECT i.run_id, i.dataset_id, d.name, d.digest, d.source_type, d.source, d.schema, d.profile, t.key, t.value
        FROM run_datasets i JOIN datasets d ON d.dataset_id = i.dataset_id
        LEFT JOIN run_dataset_tags t ON t.run_id = i.run_id AND t.dataset_id = i.dataset_id
        WHERE i.run_id = ANY($1) ORDER BY i.run_id, i.dataset_id, t.key
        """;

    public const string ContextTag = "mlflow.data.context";

    private const string Rows = "run_datasets x JOIN datasets d ON d.dataset_id = x.dataset_id WHERE x.run_id = r.run_id";

    public static IReadOnlyDictionary<string, SearchRelation> Relations { get; } =
        new Dictionary<string, SearchRelation>
        {
            ["name"] = new(Rows, "d.name"),
            ["digest"] = new(Rows, "d.digest"),
            ["context"] = new($"run_dataset_tags x WHERE x.run_id = r.run_id AND x.key = '{ContextTag}'", "x.value"),
        };

    public static (long Id, MlflowDataset Dataset, MlflowKeyValue? Tag) Read(DbDataReader row) =>
        (
            row.GetInt64(1),
            new MlflowDataset
            {
                Name = row.GetString(2),
                Digest = row.GetString(3),
                SourceType = row.GetString(4),
                Source = row.GetString(5),
                Schema = row.IsDBNull(6) ? null : row.GetString(6),
                Profile = row.IsDBNull(7) ? null : row.GetString(7),
            },
            row.IsDBNull(8) ? null : new MlflowKeyValue(row.GetString(8), row.GetString(9))
        );

    /// <summary>Puts the rows of each input together.</summary>
    public static IReadOnlyList<MlflowDatasetInput> Merge(List<(long Id, MlflowDataset Dataset, MlflowKeyValue? Tag)> rows) =>
        [
            .. rows.GroupBy(row => row.Id)
                .Select(input => new MlflowDatasetInput
                {
                    Dataset = input.First().Dataset,
                    Tags = [.. input.Where(row => row.Tag is not null).Select(row => row.Tag!)],
                }),
        ];
}
