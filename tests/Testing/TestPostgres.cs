using Npgsql;

namespace Slipway.Testing;

/// <summary>Gives each test a database of its own on the PostgreSQL server that the test script started.</summary>
public static class TestPostgres
{
    /// <summary>The environment variable that holds the server's connection string.</summary>
    public const string Variable = "SLIPWAY_TEST_POSTGRES";

    /// <summary>The server's connection string. Throws, so that the test fails, where none is configured.</summary>
    public static string ServerConnectionString =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } value
            ? value
            : throw new InvalidOperationException(
                $"{Variable} is not set. Run ./test.sh, or start the servers with: dotnet run --project AppHost -- --services-only --env-file FILE"
            );

    /// <summary>Creates a uniquely named, empty database. Dispose the result to drop it.</summary>
    public static async Task<TestDatabase> CreateDatabaseAsync(CancellationToken cancellationToken = default)
    {
        var server = ServerConnectionString;
        var name = $"test_{Guid.NewGuid():N}";
        await ExecuteAsync(server, $"CREATE DATABASE \"{name}\"", cancellationToken);
        var connectionString = new NpgsqlConnectionStringBuilder(server) { Database = name }.ConnectionString;
        return new TestDatabase(name, connectionString, server);
    }

    internal static async Task ExecuteAsync(string connectionString, string sql, CancellationToken cancellationToken)
    {
        var administrative = new NpgsqlConnectionStringBuilder(connectionString) { Database = "postgres", Pooling = false };
        await using var connection = new NpgsqlConnection(administrative.ConnectionString);
        await connection.OpenAsync(cancellationToken);
#pragma warning disable CA2100 // The text is a fixed statement around a generated identifier.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100 // see above
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
