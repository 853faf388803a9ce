using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Slipway.ServiceDefaults.Tests.Health;

public sealed class HealthApiTests
{
    [Theory]
    [InlineData("Production")]
    [InlineData("Development")]
    public async Task Ready_CheckFails_IsUnavailableWhileLiveStaysHealthy(string environment)
    {
        await using var service = await TestService.StartAsync(
            b => b.Services.AddReadyCheck("database", (_, _) => Task.FromResult(HealthCheckResult.Unhealthy("no connection"))),
            environment: environment
        );

        using var live = await service.Client.GetAsync("/health/live");
        using var ready = await service.Client.GetAsync("/health/ready");

        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        Assert.Equal("""{"status":"Healthy","checks":{}}""", await live.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Equal("application/json", ready.Content.Headers.ContentType?.MediaType);
        using var json = JsonDocument.Parse(await ready.Content.ReadAsStreamAsync());
        Assert.Equal("Unhealthy", json.RootElement.GetProperty("status").GetString());
        var check = json.RootElement.GetProperty("checks").GetProperty("database");
        Assert.Equal("Unhealthy", check.GetProperty("status").GetString());
        Assert.Equal("no connection", check.GetProperty("description").GetString());
        Assert.Equal("Healthy", json.RootElement.GetProperty("checks").GetProperty("lifetime").GetProperty("status").GetString());
    }

    [Fact]
    public async Task Ready_CheckThrows_KeepsTheExceptionToItself()
    {
        await using var service = await TestService.StartAsync(b =>
            b.Services.AddReadyCheck("database", (_, _) => throw new InvalidOperationException("Password=secret-word"))
        );

        using var ready = await service.Client.GetAsync("/health/ready");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.DoesNotContain("secret-word", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ready_CheckIsDegraded_StillTakesWork()
    {
        await using var service = await TestService.StartAsync(b =>
            b.Services.AddReadyCheck("broker", (_, _) => Task.FromResult(HealthCheckResult.Degraded("away")))
        );

        using var ready = await service.Client.GetAsync("/health/ready");

        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        Assert.StartsWith("""{"status":"Degraded",""", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ready_ServiceStopping_IsUnavailable()
    {
        await using var service = await TestService.StartAsync();
        using var before = await service.Client.GetAsync("/health/ready");
        Assert.Equal(HttpStatusCode.OK, before.StatusCode);

        // Stopping is announced without stopping: what a load balancer sees in between.
        service.App.Lifetime.StopApplication();
        using var after = await service.Client.GetAsync("/health/ready");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, after.StatusCode);
    }
}
