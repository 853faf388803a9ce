using Npgsql;

namespace Slipway.Registry.Benchmarks.Limits;

/// <summary>The points of a request inserted straight: one prepared statement and one commit.</summary>
internal sealed class RawInsert(NpgsqlDataSource source)
{
    private const string Sql = """
        INSERT INTO bench_metrics (run_id, key, timestamp, step, value)
        SELECT $1, key, timestamp, step, value FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::double precision[]) AS m(key, timestamp, step, value)
        """;

    private readonly Dictionary<int, NpgsqlCommand> _commands = [];

    public async Task PrepareAsync(CancellationToken ct)
    {
        await using var create = source.CreateCommand("CREATE TABLE bench_metrics (LIKE metrics INCLUDING ALL)");
        await create.ExecuteNonQueryAsync(ct);
        for (var client = 0; client < 4; client++)
        {
            var command = new NpgsqlCommand(Sql, await source.OpenConnectionAsync(ct));
            object[] examples = ["", Array.Empty<string>(), Array.Empty<long>(), Array.Empty<long>(), Array.Empty<double>()];
            foreach (var example in examples)
            {
                command.Parameters.Add(new NpgsqlParameter { Value = example });
            }
            await command.PrepareAsync(ct);
            _commands[client] = command;
        }
    }

    public Task InsertAsync(int client, int call, int size, CancellationToken ct)
    {
        var command = _commands[client];
        var points = Enumerable.Range(0, size).ToArray();
        command.Parameters[0].Value = $"0123456789abcdef0123456789abcde{client}";
        command.Parameters[1].Value = Array.ConvertAll(points, i => $"metric_{i % 10}");
        command.Parameters[2].Value = Array.ConvertAll(points, _ => 1_700_000_000_000);
        command.Parameters[3].Value = Array.ConvertAll(points, i => ((long)call * size) + i);
        command.Parameters[4].Value = Array.ConvertAll(points, i => i / 7.0);
        return command.ExecuteNonQueryAsync(ct);
    }
}
