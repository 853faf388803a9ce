using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Aspire.Hosting.Health;

/// <summary>Opens a connection, which includes logging in.</summary>
internal sealed class RabbitMQHealthCheck(RabbitMQServerResource server) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var factory = new ConnectionFactory
            {
                Uri = new Uri(
                    await server.GetConnectionStringAsync(cancellationToken) ?? throw new InvalidOperationException("No connection string.")
                ),
                AutomaticRecoveryEnabled = false,
                RequestedConnectionTimeout = TimeSpan.FromSeconds(5),
                ClientProvidedName = "slipway health check",
            };
            await using var connection = await factory.CreateConnectionAsync(cancellationToken);
            await connection.CloseAsync(cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (BrokerUnreachableException exception) when (exception.InnerException is AuthenticationFailureException refused)
        {
            return HealthCheckResult.Unhealthy($"{refused.Message} {PasswordAdvice.For(server, server.PasswordParameter)}");
        }
        catch (Exception exception)
            when (exception
                    is BrokerUnreachableException
                        or RabbitMQClientException
                        or IOException
                        or TimeoutException
                        or InvalidOperationException
            )
        {
            return HealthCheckResult.Unhealthy(exception.InnerException?.Message ?? exception.Message);
        }
    }
}
