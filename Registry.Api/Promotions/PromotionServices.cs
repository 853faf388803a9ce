using Microsoft.Extensions.Options;
using Slipway.Registry.Api.Policies;

namespace Slipway.Registry.Api.Promotions;

/// <summary>Registers the promotion workflow and maps its routes.</summary>
internal static class PromotionServices
{
    public static void AddPromotions(this WebApplicationBuilder builder)
    {
        builder
            .Services.AddOptions<PromotionOptions>()
            .BindConfiguration(PromotionOptions.Section)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        builder.Services.AddHttpClient(
            OpenAlertsReader.ClientName,
            (services, http) =>
            {
                http.BaseAddress = new Uri("http://monitoring/");
                http.Timeout = TimeSpan.FromSeconds(
                    services.GetRequiredService<IOptions<PromotionOptions>>().Value.MonitoringTimeoutSeconds
                );
            }
        );
        builder
            .Services.AddSingleton<PromotionSignal>()
            .AddSingleton<OpenAlertsReader>()
            .AddSingleton<EvaluationRowsReader>()
            .AddSingleton<PromotionFactsReader>()
            .AddSingleton<PromotionStore>()
            .AddSingleton<PromotionActions>()
            .AddSingleton<PromotionDecider>()
            .AddSingleton<AliasHistoryStore>()
            .AddHostedService<PromotionWorker>();
    }

    public static void MapPromotions(this IEndpointRouteBuilder app)
    {
        PromotionsApi.Map(app);
        AliasHistoryApi.Map(app);
        EnvironmentsApi.Map(app);
    }
}
