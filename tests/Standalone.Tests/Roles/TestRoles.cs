using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Standalone.Roles;

namespace Slipway.Standalone.Tests.Roles;

/// <summary>Small roles, what they were seen doing, and the group that runs them.</summary>
internal sealed class TestRoles : IAsyncDisposable
{
    private readonly List<Role> _roles = [];
    private RoleGroup? _group;

    public TestLifetime Lifetime { get; } = new();

    /// <summary>The applications of the roles, once they are built.</summary>
    public ConcurrentDictionary<string, WebApplication> Apps { get; } = new();

    /// <summary>"one stops", "one stopped" and so on, in the order in which it happened.</summary>
    public ConcurrentQueue<string> Events { get; } = new();

    public RoleGroup Group =>
        _group ??= new RoleGroup(
            ["--Logging:LogLevel:Default=None"],
            _roles,
            Lifetime,
            TimeProvider.System,
            NullLogger<RoleGroup>.Instance
        );

    public void Add(
        string name,
        int stopOrder = 0,
        string url = "http://127.0.0.1:0",
        Action<WebApplicationBuilder>? configure = null,
        Func<Task>? onStop = null
    ) =>
        _roles.Add(
            new Role(
                name,
                "Standalone.Tests",
                [new("http", url)],
                builder =>
                {
                    configure?.Invoke(builder);
                    builder.Services.AddSingleton<IHostedService>(new Watch(name, Events, onStop));
                },
                app =>
                {
                    Apps[name] = app;
                    app.MapGet("/who", () => TypedResults.Text(name));
                },
                stopOrder
            )
        );

    /// <summary>An address whose port was free a moment ago.</summary>
    public static string FreeUrl()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
    }

    public async ValueTask DisposeAsync()
    {
        await Group.StopAsync(CancellationToken.None);
        await Group.DisposeAsync();
        Lifetime.Dispose();
    }

    private sealed class Watch(string role, ConcurrentQueue<string> events, Func<Task>? onStop) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public async Task StopAsync(CancellationToken cancellationToken)
        {
            events.Enqueue($"{role} stops");
            await (onStop?.Invoke() ?? Task.CompletedTask);
            events.Enqueue($"{role} stopped");
        }
    }
}
