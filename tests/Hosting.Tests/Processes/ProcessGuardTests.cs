using System.Diagnostics;
using Aspire.Hosting.Processes;
using Slipway.Testing;

namespace Slipway.Hosting.Tests.Processes;

public class ProcessGuardTests
{
    private readonly string _run = Guid.NewGuid().ToString("N");

    private static CancellationToken Never => CancellationToken.None;

    [Theory]
    [InlineData("new\n")]
    [InlineData("new\nadd {0} TERM\n")]
    public async Task Script_AppHostGone_StopsWhatItKnowsAndWhatWasBeingStarted(string lines)
    {
        using var guard = StartGuard();
        var child = StartChild();

        await guard.StandardInput.WriteAsync(string.Format(null, lines, child.Id));
        guard.StandardInput.Close();

        Assert.Equal(128 + 15, await child.Exited.WaitAsync(TimeSpan.FromSeconds(20)));
        await guard.WaitForExitAsync(Never);
    }

    [Theory]
    [InlineData("")]
    [InlineData("new\nnot\n")]
    [InlineData("new\nadd {0} TERM\ndel {0}\n")]
    [InlineData("new\nadd {0} TERM\nfarewell\n")]
    public async Task Script_NothingToStop_StopsNothing(string lines)
    {
        using var guard = StartGuard();
        var child = StartChild();

        await guard.StandardInput.WriteAsync(string.Format(null, lines, child.Id));
        guard.StandardInput.Close();
        await guard.WaitForExitAsync(Never);

        Assert.NotNull(await ProcessIdentity.GetStartTokenAsync(child.Id, Never));
        await child.StopAsync(Never);
    }

    [Fact]
    public async Task DisposeAsync_GuardWasKilled_DoesNotThrow()
    {
        var guard = ProcessGuard.Start();
        ProcessSignals.Send(guard.Id!.Value, UnixSignal.Kill);
        await Eventually.TrueAsync(async () => await ProcessIdentity.GetStartTokenAsync(guard.Id.Value, Never) is null);
        guard.Announce();
        guard.Cancel();
        await guard.DisposeAsync();
    }

    private Process StartGuard() =>
        Process.Start(new ProcessStartInfo("/bin/sh", ["-c", ProcessGuard.Script, "guard", _run]) { RedirectStandardInput = true })!;

    private ChildProcess StartChild() =>
        ChildProcess.Start(
            new ProcessSpec
            {
                FileName = "sleep",
                Arguments = ["600"],
                Environment = new Dictionary<string, string?> { [ProcessGuard.RunVariable] = _run },
            },
            (_, _) => { },
            TimeProvider.System
        );
}
