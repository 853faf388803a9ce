using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Aspire.Hosting.Processes;
using Slipway.Hosting.Tests.Fixtures;
using Slipway.Testing;

namespace Slipway.Hosting.Tests.Run;

[Collection(RealServers.Name)]
[UnsupportedOSPlatform("windows")]
public sealed class AppHostProcessTests : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);
    private readonly TempFolder _folder = new();

    private string Data => _folder.Combine("data");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData((int)UnixSignal.Interrupt)]
    [InlineData((int)UnixSignal.Terminate)]
    public async Task Signal_Once_StopsEverythingAndLeavesNothing(int signal)
    {
        await using var host = AppHostProcess.Start(SampleModels.Sleepers, Data);
        await host.WaitUntilReadyAsync();
        Assert.Contains(host.Descendants, d => d.Contains("sleep 1000", StringComparison.Ordinal));

        host.Signal((UnixSignal)signal);

        Assert.Equal(0, await host.WaitForExitAsync());
        Assert.Empty(host.Descendants);
    }

    [Fact]
    public async Task Signal_Twice_KillsWhatDoesNotStop()
    {
        await using var host = AppHostProcess.Start(SampleModels.Stubborn, Data);
        await Eventually.TrueAsync(() => host.Output.Contains("[stubborn] started", StringComparison.Ordinal), s_limit);
        var watch = System.Diagnostics.Stopwatch.StartNew();

        host.Signal(UnixSignal.Interrupt);
        await Eventually.TrueAsync(() => host.Output.Contains("Stopping...", StringComparison.Ordinal), s_limit);
        await Eventually.TrueAsync(() => watch.Elapsed > TimeSpan.FromSeconds(1.5), s_limit, "the second signal counts");
        host.Signal(UnixSignal.Interrupt);

        await host.WaitForExitAsync();
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"It took {watch.Elapsed}.");
        Assert.Empty(host.Descendants);
    }

    [Theory]
    [InlineData(SampleModels.Sleepers)]
    [InlineData(SampleModels.Servers)]
    public async Task Kill_NoChanceToCleanUp_GuardStopsEverything(string model)
    {
        await using var host = AppHostProcess.Start(model, Data);
        await host.WaitUntilReadyAsync();
        Assert.NotEmpty(host.Descendants);

        host.Signal(UnixSignal.Kill);

        await host.WaitForExitAsync();
        await Eventually.TrueAsync(
            () => host.Descendants.Count == 0,
            s_limit,
            $"nothing is left of: {string.Join("; ", host.Descendants)}"
        );
    }

    [Fact]
    public async Task Kill_GuardToo_NextStartCleansUp()
    {
        await using var first = AppHostProcess.Start(SampleModels.Servers, Data);
        await first.WaitUntilReadyAsync();
        var resources = await first.GetResourcesAsync();
        var guard = int.Parse(first.Descendants.Single(d => d.Contains("slipway-guard", StringComparison.Ordinal)).Split(' ')[0]);

        ProcessSignals.Send(guard, UnixSignal.Kill);
        first.Signal(UnixSignal.Kill);
        await first.WaitForExitAsync();
        Assert.Contains(
            first.Descendants,
            d => d.StartsWith($"{resources.Single(r => r.Name == "postgres").Pid} ", StringComparison.Ordinal)
        );

        await using var second = AppHostProcess.Start(SampleModels.Servers, Data);
        await second.WaitUntilReadyAsync();
        Assert.Contains("left over from an earlier run", second.Output, StringComparison.Ordinal);
        var running = (await second.GetResourcesAsync()).Select(r => r.Pid).ToHashSet();
        Assert.DoesNotContain(resources.Single(r => r.Name == "postgres").Pid, running);
        second.Signal(UnixSignal.Terminate);
        await second.WaitForExitAsync();
        Assert.Empty(second.Descendants);
    }

    [Fact]
    public async Task Signal_ServersRunning_LeavesNothing()
    {
        await using var host = AppHostProcess.Start(SampleModels.Servers, Data);
        await host.WaitUntilReadyAsync();
        Assert.Contains(host.Descendants, d => d.Contains("epmd", StringComparison.Ordinal));

        host.Signal(UnixSignal.Interrupt);

        Assert.Equal(0, await host.WaitForExitAsync());
        // Programs that Erlang started for itself notice the end of their pipe a moment later.
        await Eventually.TrueAsync(() => host.Descendants.Count == 0, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Start_FolderInUse_SaysWhoUsesIt()
    {
        await using var first = AppHostProcess.Start(SampleModels.Sleepers, Data);
        await first.WaitUntilReadyAsync();

        await using var second = AppHostProcess.Start(SampleModels.Sleepers, Data);

        Assert.Equal(1, await second.WaitForExitAsync());
        Assert.Contains($"Another program (process {first.Id}) uses the data folder {Data}.", second.Output, StringComparison.Ordinal);
        Assert.Contains("--data", second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_PortTaken_IsOneErrorThatNamesTheSetting()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        await using var host = AppHostProcess.Start(SampleModels.Servers, Data, $"--Ports:postgres={port}");

        Assert.Equal(1, await host.WaitForExitAsync());
        var error = Assert.Single(host.Output.Split('\n'), l => l.StartsWith("error:", StringComparison.Ordinal));
        Assert.Contains($"Port {port}, for postgres", error, StringComparison.Ordinal);
        Assert.Contains("--Ports:postgres=", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ServicesOnly_Ready_WritesAddressesThatWork()
    {
        var envFile = _folder.Combine("env");
        await using var host = AppHostProcess.Start(
            SampleModels.Servers,
            Data,
            "--services-only",
            "--env-file",
            envFile,
            "--until-stdin-eof"
        );
        await Eventually.TrueAsync(() => File.Exists(envFile), TimeSpan.FromSeconds(90), $"the file is there: {host.Output}");

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(envFile));
        var lines = await File.ReadAllLinesAsync(envFile);
        var postgres = lines.Single(l => l.StartsWith("SLIPWAY_TEST_POSTGRES=", StringComparison.Ordinal)).Split('=', 2)[1];
        await using (var connection = new Npgsql.NpgsqlConnection(postgres + ";Pooling=false"))
        {
            await connection.OpenAsync();
        }

        Assert.Single(lines, l => l.StartsWith("SLIPWAY_TEST_RABBITMQ=amqp://", StringComparison.Ordinal));
        Assert.False(Directory.Exists(Data), "Throwaway data must not touch the data folder.");
        host.CloseInput();
        Assert.Equal(0, await host.WaitForExitAsync());
        await Eventually.TrueAsync(() => host.Descendants.Count == 0, TimeSpan.FromSeconds(5));
    }
}
