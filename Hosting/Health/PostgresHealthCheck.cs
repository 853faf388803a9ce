using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Aspire.Hosting.Health;

/// <summary>Opens a connection and asks for a row.</summary>
internal sealed class PostgresHealthCheck(PostgresServerResource server, Func<CancellationToken, ValueTask<string>> connectionString)
    : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            // No pool: a kept connection would say nothing about whether a new one can be made.
            var builder = new NpgsqlConnectionStringBuilder(await connectionString(cancellationToken)) { Pooling = false, Timeout = 5 };
            await using var connection = new NpgsqlConnection(builder.ConnectionString);
            await connection.OpenAsync(cancellationToken);
            await using var command = new NpgsqlCommand("SELECT 1", connection) { CommandTimeout = 5 };
            await command.ExecuteScalarAsync(cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (PostgresException exception)
            when (exception.SqlState is PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification)
        {
            return HealthCheckResult.Unhealthy($"{exception.MessageText}. {PasswordAdvice.For(server, server.PasswordParameter)}");
        }
        catch (Exception exception) when (exception is NpgsqlException or SocketException or InvalidOperationException or TimeoutException)
        {
            return HealthCheckResult.Unhealthy(exception.Message);
        }
    }
}
