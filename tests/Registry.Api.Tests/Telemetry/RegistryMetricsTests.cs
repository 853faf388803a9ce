using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Telemetry;

public sealed class RegistryMetricsTests
{
    [Fact]
    public async Task Metrics_AfterAPromotion_CountIt()
    {
        await using var host = await RegistryHost.StartAsync();
        await host.RegisterAsync("m", Files.Good, new Dictionary<string, double> { ["mae"] = 1 });
        await host.PromoteAsync(new PromotionRequest { Model = "m", Version = 1 });

        var text = await host.Http.GetStringAsync(new Uri("metrics", UriKind.Relative));

        Assert.Contains("slipway_registry_promotions_decided_total{status=\"promoted\"} 1", text, StringComparison.Ordinal);
        Assert.Contains("slipway_registry_metrics_logged_total 1", text, StringComparison.Ordinal);
        Assert.Contains($"slipway_registry_artifacts_uploaded_bytes_total {OnnxFile.Identity().Length}", text, StringComparison.Ordinal);
        Assert.Contains("slipway_registry_vetting_duration_seconds_count{", text, StringComparison.Ordinal);
    }
}
