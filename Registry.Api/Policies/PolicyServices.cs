using Microsoft.Extensions.Options;

namespace Slipway.Registry.Api.Policies;

/// <summary>Registers environments, policies and consumers.</summary>
internal static class PolicyServices
{
    public static void AddPolicies(this WebApplicationBuilder builder)
    {
        builder
            .Services.AddSingleton<IValidateOptions<EnvironmentOptions>, EnvironmentOptionsValidator>()
            .AddSingleton<EnvironmentCatalog>()
            .AddSingleton<ModelPolicies>()
            .AddSingleton<AliasGuard>()
            .AddSingleton<ModelPolicyStore>()
            .AddSingleton<ConsumerStore>()
            .AddOptions<EnvironmentOptions>()
            .Configure<IConfiguration>((options, settings) => settings.GetSection(EnvironmentOptions.Section).Bind(options.Environments))
            .ValidateOnStart();
    }
}
