using Npgsql;

namespace Slipway.Registry.Benchmarks.Rows;

/// <summary>Searches of 300 runs, with their metrics, params and tags, among many in one experiment.</summary>
internal static class SearchRows
{
    // VACUUM, as the server's own would after a minute: index-only scans else look at every row of what was just written.
    private const string Fill = """
        INSERT INTO experiments (experiment_id, name, artifact_location, creation_time, last_update_time) VALUES (1000, 'bench', 'mlflow-artifacts:/1000', 1, 1);
        INSERT INTO runs (run_id, experiment_id, run_name, user_id, status, start_time, artifact_uri)
        SELECT md5(i::text), 1000, 'run-' || i, 'bench', 'FINISHED', 1700000000000 + i, 'mlflow-artifacts:/1000/' || md5(i::text) || '/artifacts' FROM generate_series(1, $1) i;
        INSERT INTO latest_metrics (run_id, key, timestamp, step, value)
        SELECT md5(i::text), 'metric_' || k, 1700000000000, 100, (hashint4(i * 10 + k) & 65535) / 65536.0 FROM generate_series(1, $1) i, generate_series(0, 4) k;
        INSERT INTO metrics (run_id, key, timestamp, step, value) SELECT run_id, key, timestamp, step, value FROM latest_metrics WHERE timestamp = 1700000000000 ON CONFLICT DO NOTHING;
        INSERT INTO run_params (run_id, key, value) SELECT md5(i::text), 'param_' || k, (i % 7)::text FROM generate_series(1, $1) i, generate_series(0, 4) k;
        INSERT INTO run_tags (run_id, key, value) SELECT md5(i::text), 'tag_' || k, 'team-' || i % 11 FROM generate_series(1, $1) i, generate_series(0, 3) k;
        VACUUM ANALYZE runs; VACUUM ANALYZE latest_metrics; VACUUM ANALYZE metrics; VACUUM ANALYZE run_params; VACUUM ANALYZE run_tags
        """;

    /// <summary>The first is the row of the comparison with MLflow; the others show other orders and filters.</summary>
    public static IReadOnlyList<(string Name, string Json)> All { get; } =
    [
        ("filter and order by a metric", Search("metrics.metric_0 > 0.5", "metrics.metric_0 DESC")),
        ("filter by a metric, newest first", Search("metrics.metric_0 > 0.5", "attributes.start_time DESC")),
        (
            "filter by metric and param, order by another metric",
            Search("metrics.metric_0 > 0.9 AND params.param_1 = '3'", "metrics.metric_1 ASC")
        ),
        ("no filter, newest first", Search("", "attributes.start_time DESC")),
        ("filter by a tag's beginning, newest first", Search("tags.tag_1 LIKE 'team-3%'", "attributes.start_time DESC")),
        ("filter by a param, order by a metric", Search("params.param_2 = '5'", "metrics.metric_2 DESC")),
        ("filter by a metric, order by a param", Search("metrics.metric_0 > 0.9", "params.param_1 ASC")),
    ];

    public static async Task FillAsync(NpgsqlDataSource source, int runs, CancellationToken ct)
    {
        foreach (var sql in Fill.Split(';', StringSplitOptions.TrimEntries))
        {
#pragma warning disable CA2100 // Constant text of this file.
            await using var command = source.CreateCommand(sql);
#pragma warning restore CA2100 // see above
            command.CommandTimeout = 300;
            if (sql.Contains("$1", StringComparison.Ordinal))
            {
                command.Parameters.Add(new NpgsqlParameter { Value = runs });
            }
            await command.ExecuteNonQueryAsync(ct);
        }
    }

    /// <summary>The limit: the data of 300 runs, known by their ids, read as rows and not made into JSON.</summary>
    public static async Task ReadRawAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        await using var batch = source.CreateBatch();
        var ids = Enumerable.Range(1, 300).Select(i => Convert.ToHexStringLower(Md5(i))).ToArray();
        foreach (var table in (string[])["runs", "latest_metrics", "run_params", "run_tags"])
        {
            var command = new NpgsqlBatchCommand($"SELECT * FROM {table} WHERE run_id = ANY($1)");
            command.Parameters.Add(new NpgsqlParameter { Value = ids });
            batch.BatchCommands.Add(command);
        }
        await using var reader = await batch.ExecuteReaderAsync(ct);
        do
        {
            while (await reader.ReadAsync(ct))
            {
                reader.GetString(0);
            }
        } while (await reader.NextResultAsync(ct));
    }

#pragma warning disable CA5351 // PostgreSQL's md5() makes the ids of the filled runs; nothing is protected by it.
    private static byte[] Md5(int i) =>
        System.Security.Cryptography.MD5.HashData(
            System.Text.Encoding.ASCII.GetBytes(i.ToString(System.Globalization.CultureInfo.InvariantCulture))
        );
#pragma warning restore CA5351 // see above

    private static string Search(string filter, string order) =>
        $$"""{"experiment_ids":["1000"],"filter":"{{filter}}","order_by":["{{order}}"],"max_results":300}""";
}
