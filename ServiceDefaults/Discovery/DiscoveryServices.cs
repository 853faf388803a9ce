using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Slipway.ServiceDefaults.Discovery;

/// <summary>Registers what resolves the addresses of other services.</summary>
internal static class DiscoveryServices
{
    internal static void AddServiceDiscovery(this IServiceCollection services)
    {
        services.TryAddSingleton<ServiceEndpoints>();
        services.TryAddTransient<ServiceDiscoveryHandler>();
    }
}
