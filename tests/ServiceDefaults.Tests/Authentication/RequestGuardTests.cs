using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace Slipway.ServiceDefaults.Tests.Authentication;

/// <summary>Foreign hosts and origins, and the headers of pages.</summary>
public sealed class RequestGuardTests
{
    [Theory]
    [InlineData("localhost:5000", 200)]
    [InlineData("127.0.0.1", 200)]
    [InlineData("10.1.2.3:8080", 200)]
    [InlineData("[::1]:5000", 200)]
    [InlineData("registry", 200)]
    [InlineData("registry-service.ml.svc.cluster.local", 200)]
    [InlineData("app.localhost", 200)]
    [InlineData("ml.example.org", 200)]
    [InlineData("a.teams.example.org", 200)]
    [InlineData("ML.EXAMPLE.ORG", 200)]
    [InlineData("evil.example.com", 403)]
    [InlineData("ml.example.org.evil.com", 403)]
    [InlineData("teams.example.org", 403)]
    [InlineData("localhost.evil.com", 403)]
    [InlineData("127.0.0.1.evil.com", 403)]
    [InlineData("evil.com.", 403)]
    public async Task Host_Foreign_IsRefused(string host, int status)
    {
        await using var service = await StartAsync();

        Assert.Equal(status, await SendAsync(service, HttpMethod.Get, "/read", ("Host", host)));
        Assert.Equal(status, await SendAsync(service, HttpMethod.Post, "/write", ("Host", host)));
        Assert.Equal(200, await SendAsync(service, HttpMethod.Get, "/health/live", ("Host", host)));
    }

    [Theory]
    [InlineData("http://127.0.0.1:1", 200)]
    [InlineData("http://localhost:3000", 200)]
    [InlineData("https://ui.example.org", 200)]
    [InlineData("https://ui.example.org.evil.com", 403)]
    [InlineData("https://evil.example.com", 403)]
    [InlineData("http://registry", 403)]
    [InlineData("null", 403)]
    [InlineData("file://", 403)]
    public async Task Origin_Foreign_MayReadAndNotChange(string origin, int status)
    {
        await using var service = await StartAsync();

        Assert.Equal(status, await SendAsync(service, HttpMethod.Post, "/write", ("Origin", origin)));
        Assert.Equal(200, await SendAsync(service, HttpMethod.Get, "/read", ("Origin", origin)));
    }

    [Fact]
    public async Task Origin_OfThisServiceByItsName_MayChange()
    {
        await using var service = await StartAsync();

        Assert.Equal(
            200,
            await SendAsync(service, HttpMethod.Post, "/write", ("Host", "ml.example.org"), ("Origin", "https://ml.example.org"))
        );
        Assert.Equal(
            403,
            await SendAsync(service, HttpMethod.Post, "/write", ("Host", "ml.example.org"), ("Origin", "http://localhost:3000"))
        );
    }

    [Fact]
    public async Task Origin_NotSentByAnOldBrowser_IsToldByFetchMetadata()
    {
        await using var service = await StartAsync();

        Assert.Equal(403, await SendAsync(service, HttpMethod.Post, "/write", ("Sec-Fetch-Site", "cross-site")));
        Assert.Equal(200, await SendAsync(service, HttpMethod.Post, "/write", ("Sec-Fetch-Site", "same-origin")));
        Assert.Equal(200, await SendAsync(service, HttpMethod.Post, "/write"));
    }

    [Fact]
    public async Task Html_Answer_HasSecurityHeaders()
    {
        await using var service = await StartAsync();

        using var page = await service.Client.GetAsync(new Uri("/page", UriKind.Relative));
        using var text = await service.Client.GetAsync(new Uri("/read", UriKind.Relative));

        Assert.Equal("DENY", page.Headers.GetValues("X-Frame-Options").Single());
        Assert.Contains("default-src 'self'", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal("nosniff", text.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.False(text.Headers.Contains("X-Frame-Options"));
    }

    private static Task<TestService> StartAsync() =>
        TestService.StartAsync(
            builder =>
            {
                builder.Configuration.AddInMemoryCollection(
                    new Dictionary<string, string?>
                    {
                        ["Slipway:AllowedHosts"] = "ml.example.org, *.teams.example.org",
                        ["Slipway:AllowedOrigins"] = "https://ui.example.org",
                    }
                );
                builder.AddRequestGuard();
            },
            app =>
            {
                app.UseRequestGuard();
                app.MapGet("/read", () => "read");
                app.MapPost("/write", () => "written");
                app.MapGet("/page", () => Results.Content("<p>page</p>", "text/html"));
            }
        );

    private static async Task<int> SendAsync(
        TestService service,
        HttpMethod method,
        string path,
        params (string Name, string Value)[] headers
    )
    {
        using var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
        using var response = await service.Client.SendAsync(request);
        return (int)response.StatusCode;
    }
}
