using Microsoft.Extensions.Options;
using Slipway.Registry.Api.Http.Outbound;

namespace Slipway.Registry.Api.Copies;

/// <summary>Registers copies from other registries and maps their routes.</summary>
internal static class CopyServices
{
    public static void AddCopies(this WebApplicationBuilder builder)
    {
        builder
            .Services.AddOptions<CopyOptions>()
            .BindConfiguration(CopyOptions.Section)
            .ValidateDataAnnotations()
            .Validate(
                options => options.Sources.All(s => CopySources.Normal(s.Url) is not null),
                $"{CopyOptions.Section}:Sources: each Url is an http or https address without query and credentials."
            )
            .ValidateOnStart();
        builder
            .Services.AddHttpClient(CopyRunner.ClientName)
            .ConfigurePrimaryHttpMessageHandler(services =>
                new OutboundGuard(
                    new OutboundRules(
                        [Uri.UriSchemeHttp, Uri.UriSchemeHttps],
                        services.GetRequiredService<IOptions<CopyOptions>>().Value.AllowPrivateAddresses
                    ),
                    services.GetRequiredService<IHostResolver>()
                ).CreateHandler()
            );
        builder
            .Services.AddSingleton<CopySignal>()
            .AddSingleton<CopySources>()
            .AddSingleton<CopyStore>()
            .AddSingleton<CopyFiles>()
            .AddSingleton<CopyRunner>()
            .AddHostedService<CopyWorker>();
    }

    public static void MapCopies(this IEndpointRouteBuilder app) => CopiesApi.Map(app);
}
