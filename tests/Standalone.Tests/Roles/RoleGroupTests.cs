using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Messaging;
using Slipway.Standalone.Roles;

namespace Slipway.Standalone.Tests.Roles;

public sealed class RoleGroupTests
{
    [Fact]
    public async Task StartAsync_SeveralRoles_EachAnswersOnItsOwnAndTheyShareTheBus()
    {
        await using var roles = new TestRoles();
        roles.Add("one");
        roles.Add("two");

        await roles.Group.StartAsync(default);

        using var http = new HttpClient();
        foreach (var (name, app) in roles.Apps)
        {
            Assert.Equal(name, await http.GetStringAsync(new Uri($"{app.Urls.Single()}/who")));
            using var ready = await http.GetAsync(new Uri($"{app.Urls.Single()}/health/ready"));
            Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        }
        Assert.Equal(2, roles.Apps.Count);
        Assert.Same(
            roles.Apps["one"].Services.GetRequiredService<InProcessBus>(),
            roles.Apps["two"].Services.GetRequiredService<InProcessBus>()
        );
    }

    [Fact]
    public async Task StartAsync_PortIsTaken_NamesTheSettingAndStopsTheOthers()
    {
        using var occupant = new TcpListener(IPAddress.Loopback, 0);
        occupant.Start();
        var url = $"http://127.0.0.1:{((IPEndPoint)occupant.LocalEndpoint).Port}";
        await using var roles = new TestRoles();
        roles.Add("one");
        roles.Add("two", url: url);

        var error = await Assert.ThrowsAsync<RoleFailedException>(() => roles.Group.StartAsync(default));

        Assert.StartsWith("two cannot listen:", error.Message, StringComparison.Ordinal);
        Assert.Contains($"services:two:http:0 ({url})", error.Message, StringComparison.Ordinal);
        Assert.True(roles.Apps["one"].Lifetime.ApplicationStopped.IsCancellationRequested);
    }

    [Fact]
    public async Task StartAsync_RoleCannotBeBuilt_SaysWhoseFaultItIsAndWhy()
    {
        await using var roles = new TestRoles();
        roles.Add("one");
        roles.Add("two", configure: _ => throw new InvalidOperationException("ConnectionStrings:twodb is not set."));

        var error = await Assert.ThrowsAsync<RoleFailedException>(() => roles.Group.StartAsync(default));

        Assert.Equal("two cannot start: ConnectionStrings:twodb is not set.", error.Message);
    }

    [Fact]
    public async Task StopAsync_RolesInWaves_ReceiversStayUntilTheirSendersHaveStopped()
    {
        var drained = new TaskCompletionSource();
        await using var roles = new TestRoles();
        roles.Add("receiver", stopOrder: 1);
        roles.Add("sender", stopOrder: 0, onStop: () => drained.Task);
        await roles.Group.StartAsync(default);

        var stop = roles.Group.StopAsync(default);

        // The sender is still at its last messages: whoever takes them must be there.
        using var http = new HttpClient();
        Assert.Equal("receiver", await http.GetStringAsync(new Uri($"{roles.Apps["receiver"].Urls.Single()}/who")));
        Assert.False(stop.IsCompleted);
        drained.SetResult();
        await stop;
        Assert.Equal(["sender stops", "sender stopped", "receiver stops", "receiver stopped"], roles.Events);
    }

    [Fact]
    public async Task StopAsync_OneRoleFailsToStop_TheOthersStopAllTheSame()
    {
        await using var roles = new TestRoles();
        roles.Add("one", onStop: () => throw new InvalidOperationException("stuck"));
        roles.Add("two", stopOrder: 1);
        await roles.Group.StartAsync(default);

        await roles.Group.StopAsync(default);

        Assert.Contains("two stopped", roles.Events);
    }

    [Fact]
    public async Task Role_StopsByItself_EndsTheProcessAsAFailure()
    {
        await using var roles = new TestRoles();
        roles.Add("one");
        roles.Add("two");
        await roles.Group.StartAsync(default);

        await roles.Apps["one"].StopAsync();

        Assert.True(roles.Lifetime.ApplicationStopping.IsCancellationRequested);
        Assert.True(roles.Group.Failed);
    }

    [Fact]
    public async Task Role_StopsBecauseTheProcessDoes_IsNoFailure()
    {
        await using var roles = new TestRoles();
        roles.Add("one");
        await roles.Group.StartAsync(default);

        roles.Lifetime.StopApplication();
        await roles.Group.StopAsync(default);

        Assert.False(roles.Group.Failed);
    }
}
