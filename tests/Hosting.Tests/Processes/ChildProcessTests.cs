using System.Collections.Concurrent;
using Aspire.Hosting;
using Aspire.Hosting.Processes;
using Slipway.Testing;

namespace Slipway.Hosting.Tests.Processes;

public class ChildProcessTests
{
    private readonly ConcurrentQueue<(string Text, bool Error)> _lines = new();

    private static CancellationToken Never => CancellationToken.None;

    [Fact]
    public async Task Start_OutputAndExitCode_AreReported()
    {
        var child = Start("echo out; echo err >&2; printf unfinished; exit 7");
        Assert.Equal(7, await child.Exited);
        Assert.Contains(("out", false), _lines);
        Assert.Contains(("err", true), _lines);
        Assert.Contains(("unfinished", false), _lines);
    }

    [Fact]
    public async Task Start_EndlessLine_IsCut()
    {
        var child = Start("head -c 10000 /dev/zero | tr '\\0' x");
        await child.Exited;
        Assert.Equal([4096, 4096, 1808], _lines.Select(l => l.Text.Length));
    }

    [Fact]
    public async Task Start_Environment_IsSetAndRemoved()
    {
        var spec = Spec("echo \"[$A][$HOME]\"") with
        {
            Environment = new Dictionary<string, string?> { ["A"] = "b c", ["HOME"] = null },
        };
        await ChildProcess.Start(spec, OnLine, TimeProvider.System).Exited;
        Assert.Equal("[b c][]", Assert.Single(_lines).Text);
    }

    [Fact]
    public async Task StopAsync_Obedient_EndsBySignal()
    {
        var child = Start("trap 'echo bye; exit 0' TERM; echo up; while true; do sleep 0.05; done");
        await Eventually.TrueAsync(() => _lines.Any(l => l.Text == "up"));
        await child.StopAsync(Never);
        Assert.Equal(0, await child.Exited);
        Assert.Contains(("bye", false), _lines);
    }

    [Fact]
    public async Task StopAsync_Deaf_IsKilledAfterTheLimit()
    {
        var spec = Spec("trap '' TERM; echo up; while true; do sleep 0.05; done") with { StopTimeout = TimeSpan.FromMilliseconds(200) };
        var child = ChildProcess.Start(spec, OnLine, TimeProvider.System);
        await Eventually.TrueAsync(() => _lines.Any(l => l.Text == "up"));
        await child.StopAsync(Never);
        Assert.Equal(128 + 9, await child.Exited);
    }

    [Fact]
    public async Task Exited_DescendantHoldsTheOutput_DoesNotHang()
    {
        var child = Start("sleep 600 & echo $!; exit 0");
        Assert.Equal(0, await child.Exited.WaitAsync(TimeSpan.FromSeconds(20)));
        var descendant = int.Parse(Assert.Single(_lines).Text);
        await Eventually.TrueAsync(async () => await ProcessIdentity.GetStartTokenAsync(descendant, Never) is null);
    }

    [Fact]
    public void Start_NoSuchProgram_NamesIt()
    {
        var spec = new ProcessSpec { FileName = "no-such-program" };
        var error = Assert.Throws<DistributedApplicationException>(() => ChildProcess.Start(spec, OnLine, TimeProvider.System));
        Assert.Contains("'no-such-program'", error.Message, StringComparison.Ordinal);
    }

    private static ProcessSpec Spec(string script) => new() { FileName = "/bin/sh", Arguments = ["-c", script] };

    private ChildProcess Start(string script) => ChildProcess.Start(Spec(script), OnLine, TimeProvider.System);

    private void OnLine(string text, bool error) => _lines.Enqueue((text, error));
}
