using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Run;
using Aspire.Hosting.State;
using Npgsql;

namespace Aspire.Hosting.Servers.Postgres;

/// <summary>Creates a server's databases as soon as the server answers.</summary>
internal sealed class PostgresDatabases(
    PostgresServerResource server,
    IReadOnlyList<PostgresDatabaseResource> databases,
    RunEnvironment run
)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    public async Task RunAsync(CancellationToken stopping)
    {
        await run.Board.WaitAsync(board => board.Find(server.Name)!.IsReady, stopping);
        foreach (var database in databases)
        {
            await CreateAsync(database, stopping);
            run.Board.Update(database.Name, s => s with { State = ResourceStates.Running, StartedAt = run.Clock.GetUtcNow() });
        }
    }

    private async Task CreateAsync(PostgresDatabaseResource database, CancellationToken stopping)
    {
        run.Board.Update(database.Name, s => s with { State = ResourceStates.Starting });
        string? lastProblem = null;
        while (true)
        {
            try
            {
                await CreateOnceAsync(await server.GetAdministrativeConnectionStringAsync(stopping), database.DatabaseName, stopping);
                return;
            }
            catch (Exception exception) when (exception is NpgsqlException or SocketException or TimeoutException)
            {
                // The server may be on its way down or up again; a missing right stays, and is shown.
                if (exception.Message != lastProblem)
                {
                    lastProblem = exception.Message;
                    run.Output.WriteLine(database.Name, $"The database could not be created yet: {exception.Message}");
                }

                run.Board.Update(database.Name, s => s with { HealthDetail = exception.Message });
                await Task.Delay(s_pause, run.Clock, stopping);
            }
        }
    }

    /// <summary>Creates a database unless it exists.</summary>
    internal static async Task CreateOnceAsync(string administrativeConnectionString, string name, CancellationToken stopping)
    {
        await using var connection = new NpgsqlConnection(administrativeConnectionString);
        await connection.OpenAsync(stopping);
        await using var exists = new NpgsqlCommand("SELECT 1 FROM pg_database WHERE datname = $1", connection);
        exists.Parameters.Add(new NpgsqlParameter { Value = name });
        if (await exists.ExecuteScalarAsync(stopping) is not null)
        {
            return;
        }

#pragma warning disable CA2100 // A database's name cannot be a parameter; the quotes in it are doubled.
        await using var create = new NpgsqlCommand(
            $"CREATE DATABASE \"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"",
            connection
        );
#pragma warning restore CA2100 // see above
        await create.ExecuteNonQueryAsync(stopping);
    }
}
