using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.Logging;

namespace Slipway.Dashboard.Tests;

/// <summary>
/// The dashboard over one small server that plays all other services: it answers the JSON that a test put under a path, and 404 problem details
/// otherwise. Stopping it is what a page sees when a service is away.
/// </summary>
public sealed class DashboardFixture : IAsyncDisposable
{
    private readonly WebApplication _services;
    private readonly WebApplicationFactory<Program> _dashboard;
    private readonly ConcurrentDictionary<string, string> _answers = new(StringComparer.Ordinal);

    private volatile bool _hangs;

    private DashboardFixture(WebApplication services)
    {
        _services = services;
        services.Run(AnswerAsync);
        services.StartAsync().GetAwaiter().GetResult();
        var address = services.Urls.First();
        _dashboard = new WebApplicationFactory<Program>().WithWebHostBuilder(host =>
        {
            foreach (var name in (string[])["registry", "training", "inference", "monitoring"])
            {
                host.UseSetting($"services:{name}:http:0", address);
            }
            host.UseSetting("Resources:Url", address);
            host.UseSetting("Resilience:TrySeconds", "1");
            host.UseSetting("Resilience:TotalSeconds", "2");
        });
        Client = _dashboard.CreateClient();
    }

    /// <summary>A browser without scripts.</summary>
    public HttpClient Client { get; }

    /// <summary>Starts both.</summary>
    public static DashboardFixture Create()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        return new DashboardFixture(builder.Build());
    }

    /// <summary>Makes the services answer <paramref name="json"/> under <paramref name="path"/>.</summary>
    public DashboardFixture Answer(string path, string json)
    {
        _answers[path] = json;
        return this;
    }

    /// <summary>Makes the services take requests and never answer them.</summary>
    public DashboardFixture Hang()
    {
        _hangs = true;
        return this;
    }

    /// <summary>Stops the services.</summary>
    public Task StopServicesAsync() => _services.StopAsync();

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _dashboard.DisposeAsync();
        await _services.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (_hangs)
        {
            try
            {
                await new TaskCompletionSource().Task.WaitAsync(context.RequestAborted);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
        if (_answers.TryGetValue(context.Request.Path.Value ?? "", out var json))
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(json);
            return;
        }
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        context.Response.ContentType = "application/problem+json";
        await context.Response.WriteAsync("""{"code":"not_found","detail":"nothing here"}""");
    }
}
