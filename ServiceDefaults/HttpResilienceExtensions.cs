using Microsoft.Extensions.DependencyInjection;
using Slipway.ServiceDefaults.Resilience;

namespace Slipway.ServiceDefaults;

/// <summary>Opting out of retries and time limits, for long polls and streams.</summary>
public static class HttpResilienceExtensions
{
    /// <summary>This client sends each request once and waits as long as the caller does (bounded by <see cref="HttpClient.Timeout"/>).</summary>
    public static IHttpClientBuilder WithoutResilience(this IHttpClientBuilder client)
    {
        ArgumentNullException.ThrowIfNull(client);
        return client.ConfigureAdditionalHttpMessageHandlers(
            static (handlers, _) =>
            {
                foreach (var handler in handlers.OfType<ResilienceHandler>().ToArray())
                {
                    handlers.Remove(handler);
                }
            }
        );
    }

    /// <summary>
    /// This one request is sent once, and waits as long as the caller does. The option is named <c>Slipway.NoResilience</c>, for clients that do not reference
    /// this project.
    /// </summary>
    public static HttpRequestMessage WithoutResilience(this HttpRequestMessage request)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Options.Set(ResilienceHandler.NoResilience, true);
        return request;
    }
}
