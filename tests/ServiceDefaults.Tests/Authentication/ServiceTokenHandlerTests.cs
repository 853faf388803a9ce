using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Slipway.ServiceDefaults.Tests.Authentication;

/// <summary>A service shows its token to the service that it is for, and to no other.</summary>
public sealed class ServiceTokenHandlerTests
{
    [Fact]
    public async Task Send_ToTheServicesName_ShowsTheTokenThereAlone()
    {
        await using var registry = await TestService.StartAsync(map: app =>
            app.MapGet("/", (HttpRequest r) => $"[{r.Headers.Authorization}]")
        );
        await using var caller = await TestService.StartAsync(builder =>
            builder.Configuration.AddInMemoryCollection(
                new Dictionary<string, string?>
                {
                    ["services:registry:http:0"] = registry.Url,
                    ["services:other:http:0"] = registry.Url,
                    ["Slipway:Tokens:registry"] = "secret",
                }
            )
        );
        using var http = caller.App.Services.GetRequiredService<IHttpClientFactory>().CreateClient();

        Assert.Equal("[Bearer secret]", await http.GetStringAsync(new Uri("http://registry/")));
        Assert.Equal("[]", await http.GetStringAsync(new Uri("http://other/")));
        Assert.Equal("[]", await http.GetStringAsync(new Uri(registry.Url)));
    }
}
