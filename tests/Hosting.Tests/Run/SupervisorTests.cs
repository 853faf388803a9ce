using Aspire.Hosting;
using Aspire.Hosting.Processes;
using Aspire.Hosting.State;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Slipway.Hosting.Tests.Fixtures;
using Slipway.Testing;

namespace Slipway.Hosting.Tests.Run;

public sealed class SupervisorTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_ProcessKilled_IsStartedAgain()
    {
        var builder = TestApp.Builder(_folder);
        builder.AddExecutable("one", "sh", ".", "-c", "exec sleep 600");
        await using var app = await TestApp.StartAsync(builder);
        await app.WaitUntilReadyAsync();
        var first = app.Board.Find("one")!;

        ProcessSignals.Send(first.Pid!.Value, UnixSignal.Kill);

        var second = await app.WaitForAsync("one", s => s.IsReady && s.Restarts == 1);
        Assert.NotEqual(first.Pid, second.Pid);
        Assert.Contains("[one] ended with exit code 137; starting again in 0.5 s", app.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_JobThatSucceeds_IsFinishedAndLetsOthersStart()
    {
        var builder = TestApp.Builder(_folder);
        var job = builder.AddExecutable("job", "sh", ".", "-c", $"echo done > {_folder.Combine("job")}");
        builder.AddExecutable("next", "sh", ".", "-c", $"cat {_folder.Combine("job")}; exec sleep 600").WaitForCompletion(job);
        await using var app = await TestApp.StartAsync(builder);

        await app.WaitUntilReadyAsync();

        Assert.Equal((ResourceStates.Finished, 0), (app.Board.Find("job")!.State, app.Board.Find("job")!.ExitCode));
        await Eventually.TrueAsync(() => app.Output.Contains("[next] done", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_JobThatFails_FailsWhoWaitsForIt()
    {
        var builder = TestApp.Builder(_folder);
        var job = builder.AddExecutable("job", "sh", ".", "-c", "exit 4");
        builder.AddExecutable("next", "sleep", ".", "600").WaitForCompletion(job);
        await using var app = await TestApp.StartAsync(builder);
        var next = await app.WaitForAsync("next", s => s.State == ResourceStates.FailedToStart);
        Assert.Contains("exit code 4", next.HealthDetail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_JobThatFailsAsExpected_LetsOthersStartAndIsNotRepeated()
    {
        var builder = TestApp.Builder(_folder);
        var job = builder.AddExecutable("job", "sh", ".", "-c", "exit 4");
        builder.AddExecutable("next", "sleep", ".", "600").WaitForCompletion(job, exitCode: 4);
        await using var app = await TestApp.StartAsync(builder);

        await app.WaitUntilReadyAsync();

        var ended = app.Board.Find("job")!;
        Assert.Equal((ResourceStates.Finished, 4, 0), (ended.State, ended.ExitCode, ended.Restarts));
    }

    [Fact]
    public async Task Run_ModelsCallbackThrows_IsShownAndTriedAgain()
    {
        var builder = TestApp.Builder(_folder);
        builder.AddExecutable("one", "sleep", ".", "600").WithEnvironment("A", () => throw new FormatException("no such planet"));
        await using var app = await TestApp.StartAsync(builder);
        var failed = await app.WaitForAsync("one", s => s.State == ResourceStates.FailedToStart);
        Assert.Equal("no such planet", failed.HealthDetail);
        await app.WaitForAsync("one", s => s.Restarts >= 1);
    }

    [Fact]
    public async Task Run_HealthCheckThatNobodyRegistered_IsNotHealthy()
    {
        var builder = TestApp.Builder(_folder);
        builder.AddExecutable("one", "sleep", ".", "600").WithHealthCheck("typo");
        await using var app = await TestApp.StartAsync(builder);
        var one = await app.WaitForAsync("one", s => s.Health is not null);
        Assert.Equal(("Unhealthy", "No health check is registered under the key 'typo'."), (one.Health, one.HealthDetail));
    }

    [Fact]
    public async Task Run_WaitForHealthy_HoldsBackTheStart()
    {
        var flag = _folder.Combine("flag");
        var builder = TestApp.Builder(_folder);
        var first = builder.AddExecutable("first", "sleep", ".", "600").WithHealthCheck("flag");
        builder
            .Services.AddHealthChecks()
            .AddCheck("flag", () => File.Exists(flag) ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("no flag"));
        builder.AddExecutable("second", "sleep", ".", "600").WaitFor(first);
        await using var app = await TestApp.StartAsync(builder);
        var waiting = await app.WaitForAsync("first", s => s.Health == "Unhealthy");
        Assert.Equal("no flag", waiting.HealthDetail);
        Assert.Equal(ResourceStates.Waiting, app.Board.Find("second")!.State);

        await File.WriteAllTextAsync(flag, "");

        await app.WaitUntilReadyAsync();
        Assert.Equal(ResourceStates.Running, app.Board.Find("second")!.State);
    }

    [Fact]
    public async Task Run_NoSuchProgram_IsShownAndTriedAgain()
    {
        var builder = TestApp.Builder(_folder);
        builder.AddExecutable("one", "no-such-program", ".");
        await using var app = await TestApp.StartAsync(builder);
        var failed = await app.WaitForAsync("one", s => s.State == ResourceStates.FailedToStart);
        Assert.Contains("'no-such-program' was not found", failed.HealthDetail, StringComparison.Ordinal);
        await app.WaitForAsync("one", s => s.Restarts >= 1);
    }

    [Fact]
    public async Task Run_Environment_ReachesTheProcess()
    {
        var builder = TestApp.Builder(_folder);
        builder
            .AddExecutable("one", "sh", ".", "-c", "echo \"$GREETING $0 $PORT\"; exec sleep 600")
            .WithArgs("arg")
            .WithEnvironment("GREETING", "hello")
            .WithHttpEndpoint(env: "PORT");
        await using var app = await TestApp.StartAsync(builder);
        await app.WaitUntilReadyAsync();
        var port = new Uri(app.Board.Find("one")!.Urls.Single()).Port;
        await Eventually.TrueAsync(() => app.Output.Contains($"[one] hello arg {port}", StringComparison.Ordinal));
    }
}
