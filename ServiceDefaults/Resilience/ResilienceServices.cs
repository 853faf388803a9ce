using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Slipway.ServiceDefaults.Discovery;

namespace Slipway.ServiceDefaults.Resilience;

/// <summary>Puts retries, time limits and service discovery around every HTTP client of a service.</summary>
internal static class ResilienceServices
{
    internal static void AddResilientHttpClients(this IServiceCollection services)
    {
        services.AddOptions<ResilienceOptions>().BindConfiguration(ResilienceOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton<HttpResiliencePipeline>();
        services.TryAddTransient<ResilienceHandler>();
        services.ConfigureHttpClientDefaults(client =>
        {
            // Resilience is outside, so that each try may go to another replica.
            client.AddHttpMessageHandler<ResilienceHandler>();
            client.AddHttpMessageHandler<ServiceDiscoveryHandler>();
        });
    }
}
