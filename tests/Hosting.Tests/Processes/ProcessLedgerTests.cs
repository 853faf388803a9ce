using Aspire.Hosting.Processes;
using Slipway.Testing;

namespace Slipway.Hosting.Tests.Processes;

public sealed class ProcessLedgerTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string File => _folder.Combine("processes");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task SweepAsync_LivingProcess_IsStopped()
    {
        var child = Start();
        await new ProcessLedger(File).AddAsync(child.Id, UnixSignal.Terminate, "sleeper", CancellationToken.None);

        var stopped = await new ProcessLedger(File).SweepAsync(TimeProvider.System, CancellationToken.None);

        Assert.Equal([$"sleeper (process {child.Id})"], stopped);
        Assert.Equal(128 + 15, await child.Exited);
        Assert.False(System.IO.File.Exists(File));
    }

    [Fact]
    public async Task SweepAsync_IdOfAStranger_IsLeftAlone()
    {
        var child = Start();
        await System.IO.File.WriteAllTextAsync(File, $"{child.Id} 12345 Terminate sleeper\nnonsense\n");

        Assert.Empty(await new ProcessLedger(File).SweepAsync(TimeProvider.System, CancellationToken.None));

        Assert.NotNull(await ProcessIdentity.GetStartTokenAsync(child.Id, CancellationToken.None));
        await child.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Remove_EndedProcess_IsForgotten()
    {
        var child = Start();
        var ledger = new ProcessLedger(File);
        await ledger.AddAsync(child.Id, UnixSignal.Terminate, "sleeper", CancellationToken.None);
        ledger.Remove(child.Id);
        Assert.Empty(await System.IO.File.ReadAllTextAsync(File));
        await child.StopAsync(CancellationToken.None);
    }

    private static ChildProcess Start() =>
        ChildProcess.Start(new ProcessSpec { FileName = "sleep", Arguments = ["600"] }, (_, _) => { }, TimeProvider.System);
}
