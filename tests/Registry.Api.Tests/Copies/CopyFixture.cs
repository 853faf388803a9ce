using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Copies;

/// <summary>Two registries, a source that only redirects, and an address that nobody may call.</summary>
public sealed class CopyFixture : IAsyncLifetime, IDisposable
{
    private WebApplication _redirecting = null!;

    public RegistryHost Source { get; private set; } = null!;

    public RegistryHost Target { get; private set; } = null!;

    public TcpListener Forbidden { get; } = new(IPAddress.Loopback, 0);

    public string Redirecting => _redirecting.Urls.First();

    public async Task InitializeAsync()
    {
        Forbidden.Start();
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        _redirecting = builder.Build();
        _redirecting.Run(context =>
        {
            context.Response.Redirect($"http://{Forbidden.LocalEndpoint}{context.Request.Path}");
            return Task.CompletedTask;
        });
        await _redirecting.StartAsync();
        Source = await RegistryHost.StartAsync();
        Target = await RegistryHost.StartAsync(
            ("Registry:Copies:Sources:0:Url", Source.Http.BaseAddress!.AbsoluteUri),
            ("Registry:Copies:Sources:1:Url", Redirecting),
            ("Registry:Copies:AllowPrivateAddresses", "true")
        );
    }

    public async Task DisposeAsync()
    {
        await Target.DisposeAsync();
        await Source.DisposeAsync();
        await _redirecting.DisposeAsync();
    }

    public void Dispose() => Forbidden.Dispose();
}
