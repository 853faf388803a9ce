using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Slipway.ServiceDefaults.Authentication;
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
        services.TryAddTransient<ServiceTokenHandler>();
        services.ConfigureHttpClientDefaults(client =>
        {
            // Resilience is outside, so that each try may go to another replica.
            client.AddHttpMessageHandler<ResilienceHandler>();
            // Before discovery, while the address is still the service's name.
            client.AddHttpMessageHandler<ServiceTokenHandler>();
            client.AddHttpMessageHandler<ServiceDiscoveryHandler>();
        });
    }
}
