using System.Data.Common;
using System.Globalization;
using Slipway.Contracts.Mlflow;

namespace Slipway.Registry.Api.Models;

/// <summary>
/// Reads models and versions in MLflow's words, each from one row: tags and aliases come as arrays. In the SQL, <c>m</c> is the registered model and <c>v</c> the
/// version.
/// </summary>
internal static class ModelRowReader
{
    public const string VersionColumns = """
        m.name, v.version, unix_ms(v.created_at), unix_ms(v.updated_at), v.user_id, v.stage, v.description, v.source, v.run_id, v.run_link, v.logged_model_id,
        ARRAY(SELECT x.key FROM model_version_tags x WHERE x.model_id = v.model_id AND x.version = v.version ORDER BY x.key),
        ARRAY(SELECT x.value FROM model_version_tags x WHERE x.model_id = v.model_id AND x.version = v.version ORDER BY x.key),
        ARRAY(SELECT x.alias FROM model_aliases x WHERE x.model_id = v.model_id AND x.version = v.version ORDER BY x.alias)
        """;

    public const string ModelColumns = """
        m.id, m.name, unix_ms(m.created_at), unix_ms(m.updated_at), m.user_id, m.description, m.deployment_job_id,
        ARRAY(SELECT x.key FROM registered_model_tags x WHERE x.model_id = m.id ORDER BY x.key),
        ARRAY(SELECT x.value FROM registered_model_tags x WHERE x.model_id = m.id ORDER BY x.key),
        ARRAY(SELECT x.alias FROM model_aliases x WHERE x.model_id = m.id ORDER BY x.alias),
        ARRAY(SELECT x.version FROM model_aliases x WHERE x.model_id = m.id ORDER BY x.alias)
        """;

    public const int ModelColumnCount = 11;

    /// <summary>Reads <see cref="VersionColumns"/>, which begin at column <paramref name="first"/>.</summary>
    public static MlflowModelVersion Version(DbDataReader row, int first = 0) =>
        new()
        {
            Name = row.GetString(first),
            Version = Number(row.GetInt32(first + 1)),
            CreationTimestamp = row.GetInt64(first + 2),
            LastUpdatedTimestamp = row.GetInt64(first + 3),
            UserId = Text(row, first + 4),
            CurrentStage = row.GetString(first + 5),
            Description = row.GetString(first + 6),
            Source = row.GetString(first + 7),
            RunId = Text(row, first + 8) ?? "",
            RunLink = row.GetString(first + 9),
            ModelId = Text(row, first + 10),
            Tags = Tags(row, first + 11),
            Aliases = row.GetFieldValue<string[]>(first + 13),
        };

    /// <summary>Reads <see cref="ModelColumns"/>; the newest versions are not among them.</summary>
    public static (long Id, MlflowRegisteredModel Model) Model(DbDataReader row)
    {
        var numbers = row.GetFieldValue<int[]>(10);
        return (
            row.GetInt64(0),
            new MlflowRegisteredModel
            {
                Name = row.GetString(1),
                CreationTimestamp = row.GetInt64(2),
                LastUpdatedTimestamp = row.GetInt64(3),
                UserId = Text(row, 4),
                Description = Text(row, 5),
                DeploymentJobId = Text(row, 6),
                Tags = Tags(row, 7),
                Aliases = [.. row.GetFieldValue<string[]>(9).Zip(numbers, (alias, number) => new MlflowAlias(alias, Number(number)))],
            }
        );
    }

    private static MlflowKeyValue[] Tags(DbDataReader row, int first)
    {
        var keys = row.GetFieldValue<string[]>(first);
        return keys.Length == 0
            ? []
            : [.. keys.Zip(row.GetFieldValue<string[]>(first + 1), (key, value) => new MlflowKeyValue(key, value))];
    }

    private static string? Text(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static string Number(int version) => version.ToString(CultureInfo.InvariantCulture);
}
