using Npgsql;

namespace Slipway.Registry.Benchmarks;

/// <summary>A database of the program's own on the given server; disposing drops it.</summary>
internal sealed class BenchmarkDatabase : IAsyncDisposable
{
    private readonly string _server;
    private readonly string _name;

    private BenchmarkDatabase(string server, string name)
    {
        (_server, _name) = (server, name);
        ConnectionString = new NpgsqlConnectionStringBuilder(server) { Database = name }.ConnectionString;
    }

    public string ConnectionString { get; }

    public static async Task<BenchmarkDatabase> CreateAsync(string server, CancellationToken ct)
    {
        var database = new BenchmarkDatabase(server, $"registry_benchmark_{Environment.ProcessId}");
        await database.ExecuteAsync($"CREATE DATABASE {database._name}", ct);
        return database;
    }

    public async ValueTask DisposeAsync() => await ExecuteAsync($"DROP DATABASE IF EXISTS {_name} WITH (FORCE)", CancellationToken.None);

    private async Task ExecuteAsync(string sql, CancellationToken ct)
    {
        await using var source = NpgsqlDataSource.Create(_server);
#pragma warning disable CA2100 // The name is made of this process's id.
        await using var command = source.CreateCommand(sql);
#pragma warning restore CA2100 // see above
        await command.ExecuteNonQueryAsync(ct);
    }
}
