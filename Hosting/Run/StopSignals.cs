using System.Runtime.InteropServices;

namespace Aspire.Hosting.Run;

/// <summary>Turns Ctrl-C and its like into requests: the first asks to stop in order, a later one to stop at once.</summary>
internal sealed class StopSignals : IDisposable
{
    // `dotnet run` may pass on a Ctrl-C that the terminal has sent to us already: that is not a second wish.
    private static readonly TimeSpan s_sameWish = TimeSpan.FromSeconds(1);
    private readonly CancellationTokenSource _kill = new();
    private readonly CancellationTokenSource _stop;
    private readonly TimeProvider _clock;
    private readonly List<PosixSignalRegistration> _registrations;
    private long _first;

    public StopSignals(TimeProvider clock, CancellationToken cancellationToken)
    {
        _clock = clock;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _registrations =
        [
            .. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGQUIT, PosixSignal.SIGHUP }.Select(s =>
                PosixSignalRegistration.Create(s, OnSignal)
            ),
        ];
    }

    /// <summary>Stop, in order.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>Stop, at once.</summary>
    public CancellationToken Kill => _kill.Token;

    public void RequestStop() => _stop.Cancel();

    public void Dispose()
    {
        _registrations.ForEach(r => r.Dispose());
        _stop.Dispose();
        _kill.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.CompareExchange(ref _first, _clock.GetTimestamp(), 0) is var first && first == 0)
        {
            // Not here: what waits for the token would run on the thread that has to return to the system.
            _ = Task.Run(_stop.Cancel);
        }
        else if (_clock.GetElapsedTime(first) > s_sameWish)
        {
            _ = Task.Run(_kill.Cancel);
        }
    }
}
