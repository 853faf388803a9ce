using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Slipway.ServiceDefaults.Tests.Metrics;

public sealed class MetricsApiTests
{
    [Fact]
    public async Task Get_AfterARequest_HasServerAndRuntimeMetrics()
    {
        await using var service = await TestService.StartAsync(map: app => app.MapGet("/hello/{name}", (string name) => name));
        (await service.Client.GetAsync("/hello/you")).Dispose();

        using var response = await service.Client.GetAsync("/metrics");
        var text = await response.Content.ReadAsStringAsync();

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.Contains("# TYPE http_server_request_duration_seconds histogram\n", text, StringComparison.Ordinal);
        Assert.Contains("http_route=\"/hello/{name}\"", text, StringComparison.Ordinal);
        Assert.Contains("# TYPE dotnet_gc_collections_total counter\n", text, StringComparison.Ordinal);
        // Scrapes and probes would drown the service's own requests.
        (await service.Client.GetAsync("/health/live")).Dispose();
        var later = await service.Client.GetStringAsync("/metrics");
        Assert.Single(later.Split('\n'), line => line.StartsWith("http_server_request_duration_seconds_count", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Get_TwoServicesInOneProcess_EachShowsItsOwn()
    {
        await using var first = await TestService.StartAsync(map: app => app.MapGet("/only-first", () => "1"));
        await using var second = await TestService.StartAsync();
        (await first.Client.GetAsync("/only-first")).Dispose();
        second.App.Services.GetRequiredService<IMeterFactory>().Create("Slipway.Second").CreateCounter<int>("second.things").Add(1);

        var texts = new[] { await first.Client.GetStringAsync("/metrics"), await second.Client.GetStringAsync("/metrics") };

        Assert.Contains("/only-first", texts[0], StringComparison.Ordinal);
        Assert.DoesNotContain("/only-first", texts[1], StringComparison.Ordinal);
        Assert.Contains("second_things_total 1\n", texts[1], StringComparison.Ordinal);
        Assert.DoesNotContain("second_things", texts[0], StringComparison.Ordinal);
    }
}
