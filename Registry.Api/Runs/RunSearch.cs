using Npgsql;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Mlflow;
using Slipway.Registry.Api.Search;

namespace Slipway.Registry.Api.Runs;

/// <summary>MLflow's <c>runs/search</c>: the ids of a page in one statement, then their data in one round trip.</summary>
internal sealed class RunSearch(NpgsqlDataSource source)
{
    private static readonly SearchAttribute s_name = new("r.run_name");
    private static readonly SearchAttribute s_start = new("r.start_time", IsNumeric: true);

    private static readonly SearchSchema s_schema = new()
    {
        Attributes = new Dictionary<string, SearchAttribute>
        {
            ["run_id"] = new("r.run_id", AllowsIn: true),
            ["run_name"] = s_name,
            ["Run name"] = s_name,
            ["run name"] = s_name,
            ["Run Name"] = s_name,
            ["status"] = new("r.status"),
            ["artifact_uri"] = new("r.artifact_uri"),
            ["user_id"] = new("r.user_id"),
            ["start_time"] = s_start,
            ["created"] = s_start,
            ["Created"] = s_start,
            ["end_time"] = new("r.end_time", IsNumeric: true),
        },
        Tags = new SearchTable("run_tags", "x.run_id = r.run_id"),
        Params = new SearchTable("run_params", "x.run_id = r.run_id"),
        Metrics = new SearchTable("latest_metrics", "x.run_id = r.run_id"),
    };

    public async Task<RunPage> SearchAsync(RunQuery query, CancellationToken ct)
    {
        var compiler = new SearchCompiler(s_schema);
        var offset = PageToken.Read(query.PageToken);
        var sql = $"""
            SELECT r.run_id FROM runs r
            WHERE r.experiment_id = ANY({compiler.Add(query.ExperimentIds)})
              AND r.lifecycle_stage = ANY({compiler.Add(query.LifecycleStages)})
              AND {compiler.Where(query.Filter)}
            ORDER BY {compiler.OrderBy(query.OrderBy, "r.start_time DESC, r.run_id")}
            LIMIT {compiler.Add(query.MaxResults + 1L)} OFFSET {compiler.Add(offset)}
            """;
        await using var connection = await source.OpenConnectionAsync(ct);
        var ids = await connection.QueryAsync(sql, row => row.GetString(0), ct, compiler.Values);
        var (page, next) = PageToken.Cut(ids, query.MaxResults, offset);
        return new RunPage(await RunReader.LoadAsync(connection, [.. page], ct), next);
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
