using System.Net.Sockets;
using Slipway.Messaging;
using Slipway.ServiceDefaults.Telemetry;

namespace Slipway.Standalone.Roles;

/// <summary>
/// Starts all roles at once, as separate processes would, and stops them in order. They live and die together: a role that cannot start, or stops by itself, ends the process, so that
/// whoever watches it starts the whole anew.
/// </summary>
internal sealed class RoleGroup(
    string[] args,
    IReadOnlyList<Role> roles,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<RoleGroup> logger
) : IHostedService, IAsyncDisposable
{
    /// <summary>The longest that stopping takes.</summary>
    internal static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(60);

    private readonly List<(Role Role, WebApplication App)> _apps = [];

    /// <summary>True once a role has stopped by itself.</summary>
    internal bool Failed { get; private set; }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            Build();
            await StartAllAsync(cancellationToken);
        }
        catch
        {
            // The host stops only what has started as a whole.
            using var limit = new CancellationTokenSource(StopLimit, time);
            await StopAsync(limit.Token);
            throw;
        }

        RoleLog.AllStarted(logger);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var wave in _apps.GroupBy(one => one.Role.StopOrder).OrderBy(wave => wave.Key))
        {
            await Task.WhenAll(wave.Select(one => StopAsync(one.Role, one.App, cancellationToken)));
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, app) in _apps)
        {
            await app.DisposeAsync();
        }
    }

    private void Build()
    {
        var bus = new InProcessBus();
        var telemetry = new ProcessTelemetry("slipway");
        foreach (var role in roles)
        {
            try
            {
                _apps.Add((role, RoleApplication.Build(role, roles, args, bus, telemetry)));
            }
            catch (Exception e)
            {
                throw new RoleFailedException($"{role.Name} cannot start: {e.Message}", e);
            }
        }
    }

    private async Task StartAllAsync(CancellationToken cancellationToken)
    {
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var starts = _apps.ConvertAll(one => StartAsync(one.Role, one.App, failed));
        try
        {
            await Task.WhenAll(starts);
        }
        catch (Exception)
        {
            // The others were cancelled on its account; it alone is worth telling.
            if (starts.Select(start => start.Exception?.InnerException).OfType<RoleFailedException>().FirstOrDefault() is { } cause)
            {
                throw cause;
            }

            throw;
        }
    }

    private async Task StartAsync(Role role, WebApplication app, CancellationTokenSource failed)
    {
        try
        {
            await app.StartAsync(failed.Token);
        }
        catch (Exception e) when (!failed.IsCancellationRequested)
        {
            await failed.CancelAsync();
            throw new RoleFailedException(Explain(role, app, e), e);
        }

        RoleLog.Started(logger, role.Name, string.Join(", ", app.Urls));
        app.Lifetime.ApplicationStopping.Register(() => OnStopping(role));
    }

    private static string Explain(Role role, WebApplication app, Exception e)
    {
        if (
            e is IOException { InnerException: { } inner }
            && (inner.InnerException ?? inner) is SocketException or Microsoft.AspNetCore.Connections.AddressInUseException
        )
        {
            var keys = role.Endpoints.Select(endpoint =>
                $"{RoleApplication.Key(role, endpoint)} ({app.Configuration[RoleApplication.Key(role, endpoint)]})"
            );
            return $"{role.Name} cannot listen: {e.Message} Stop what uses the port, or set another address in {string.Join(" or ", keys)}.";
        }

        return $"{role.Name} cannot start: {e.Message}";
    }

    private void OnStopping(Role role)
    {
        if (!lifetime.ApplicationStopping.IsCancellationRequested)
        {
            Failed = true;
            RoleLog.StoppedByItself(logger, role.Name);
            lifetime.StopApplication();
        }
    }

    private async Task StopAsync(Role role, WebApplication app, CancellationToken cancellationToken)
    {
        try
        {
            await app.StopAsync(cancellationToken);
        }
#pragma warning disable CA1031 // The other roles must still stop, and keep what they have.
        catch (Exception e)
#pragma warning restore CA1031 // see above
        {
            RoleLog.StopFailed(logger, e, role.Name);
        }
    }
}
