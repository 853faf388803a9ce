using Npgsql;
using Slipway.Testing;

namespace Slipway.Registry.Api.Tests.Support;

/// <summary>Makes two writers meet: one holds its locks until the other is seen waiting for them.</summary>
internal static class Race
{
    /// <summary>Runs <paramref name="sql"/> in a transaction, starts the request, and commits once the request waits for a lock.</summary>
    public static async Task<T> AgainstAsync<T>(RegistryHost host, string sql, Func<Task<T>> request)
    {
        await using var source = NpgsqlDataSource.Create(host.ConnectionString);
        await using var connection = await source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var first = new NpgsqlCommand(sql, connection))
        {
            await first.ExecuteNonQueryAsync();
        }
        var second = request();
        await Eventually.TrueAsync(async () =>
        {
            await using var waiting = source.CreateCommand(
                "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"
            );
            return (bool)(await waiting.ExecuteScalarAsync())!;
        });
        await transaction.CommitAsync();
        return await second;
    }
}
