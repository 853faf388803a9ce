using System.Net;

namespace Slipway.ServiceDefaults.Tests;

public sealed class ServiceDefaultsExtensionsTests
{
    [Fact]
    public async Task AddServiceDefaults_AskedForTwice_AddsThemOnce()
    {
        await using var service = await TestService.StartAsync(b => b.AddServiceDefaults("tested"), app => app.MapDefaultEndpoints());

        foreach (var path in new[] { "/health/live", "/health/ready", "/metrics" })
        {
            using var response = await service.Client.GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
    }
}
