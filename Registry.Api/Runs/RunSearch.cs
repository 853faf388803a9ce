using Npgsql;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Datasets;
using Slipway.Registry.Api.Mlflow;
using Slipway.Registry.Api.Search;

namespace Slipway.Registry.Api.Runs;

/// <summary>MLflow's <c>runs/search</c>: the ids of a page in one statement, then their data in one round trip.</summary>
internal sealed class RunSearch(NpgsqlDataSource source, AccessFilter access)
{
    private static readonly SearchAttribute s_name = new("r.run_name") { IsNullable = false };
    private static readonly SearchAttribute s_start = new("r.start_time", IsNumeric: true) { IsNullable = false };

    private static readonly SearchSchema s_schema = new()
    {
        Attributes = new Dictionary<string, SearchAttribute>
        {
            ["run_id"] = new("r.run_id", AllowsIn: true) { IsNullable = false },
            ["run_name"] = s_name,
            ["Run name"] = s_name,
            ["run name"] = s_name,
            ["Run Name"] = s_name,
            ["status"] = new("r.status") { IsNullable = false },
            ["artifact_uri"] = new("r.artifact_uri") { IsNullable = false },
            ["user_id"] = new("r.user_id") { IsNullable = false },
            ["start_time"] = s_start,
            ["created"] = s_start,
            ["Created"] = s_start,
            ["end_time"] = new("r.end_time", IsNumeric: true),
        },
        Tags = new SearchTable("run_tags", "x.run_id = r.run_id") { HasStart = true },
        Params = new SearchTable("run_params", "x.run_id = r.run_id") { HasStart = true },
        Metrics = new SearchTable("latest_metrics", "x.run_id = r.run_id"),
        Datasets = DatasetReader.Relations,
    };

    private static readonly SortKey[] s_tieBreak =
    [
        new("r.start_time", Ascending: false, SortKind.Integer, IsNullable: false),
        new("r.run_id", Ascending: true, SortKind.Text, IsNullable: false),
    ];

    public async Task<RunPage> SearchAsync(RunQuery query, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        // The runs that have the metric come first: they may fill the page, and an index holds them in order.
        var present = Keyset.StartsWithNumber(query.PageToken) && new SearchCompiler(s_schema).BeginsWithMetric(query.OrderBy);
        var found = present ? await FindAsync(connection, query, onlyPresent: true, ct) : [];
        if (found.Count <= query.MaxResults)
        {
            found = await FindAsync(connection, query, onlyPresent: false, ct);
        }
        var next = found.Count > query.MaxResults ? Keyset.Token(found[query.MaxResults - 1].Keys) : null;
        var page = found.Take(query.MaxResults).Select(run => run.Id).ToArray();
        return new RunPage(await RunReader.LoadAsync(connection, page, ct), next);
    }

    /// <summary>The page's runs and one more, if there is one.</summary>
    private async Task<List<(string Id, object?[] Keys)>> FindAsync(
        NpgsqlConnection connection,
        RunQuery query,
        bool onlyPresent,
        CancellationToken ct
    )
    {
        var compiler = new SearchCompiler(s_schema);
        var experiments =
            query.ExperimentIds.Length == 1 ? $"= {compiler.Add(query.ExperimentIds[0])}" : $"= ANY({compiler.Add(query.ExperimentIds)})";
        var sort = compiler.Sort(query.OrderBy, s_tieBreak, onlyPresent);
        var (after, offset) = Keyset.After(query.PageToken, sort, compiler);
        var sql = $"""
            SELECT r.run_id, {sort.ColumnsSql}
            FROM runs r {sort.Joins}
            WHERE r.experiment_id {experiments}
              AND r.lifecycle_stage = ANY({compiler.Add(query.LifecycleStages)})
              AND {access.OfExperiments(compiler, "r.experiment_id")}
              AND {compiler.Where(query.Filter)}
              AND {after}
            ORDER BY {sort.OrderSql}
            LIMIT {query.MaxResults + 1} OFFSET {offset}
            """;
        return await connection.QueryAsync(sql, row => (row.GetString(0), Keyset.Read(row, 1, sort)), ct, compiler.Values);
    }
}

/// <summary>A search of runs.</summary>
internal sealed record RunQuery(
    long[] ExperimentIds,
    string? Filter,
    string[] LifecycleStages,
    IReadOnlyList<string> OrderBy,
    int MaxResults,
    string? PageToken
);
