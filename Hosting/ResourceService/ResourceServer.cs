using System.Net;
using Aspire.Hosting.State;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.ResourceService;

/// <summary>Serves <see cref="ResourceApi"/> on the loopback address.</summary>
internal sealed class ResourceServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ResourceServer(WebApplication app) => _app = app;

    public static async Task<ResourceServer> StartAsync(ResourceBoard board, int port, CancellationToken cancellationToken)
    {
        // Empty: it must not read AppHost's settings or environment, which are about other programs.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port));
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        app.Use(RefuseStrangersAsync);
        app.UseRouting();
        app.MapResources(board);
        await app.StartAsync(cancellationToken);
        return new ResourceServer(app);
    }

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _app.StopAsync(limit.Token);
        await _app.DisposeAsync();
    }

    // A web page that points its own host name at this machine must not read from here.
    private static Task RefuseStrangersAsync(HttpContext context, RequestDelegate next)
    {
        var host = context.Request.Host.Host.Trim('[', ']');
        if (host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address)))
        {
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status400BadRequest;
        return Task.CompletedTask;
    }
}
