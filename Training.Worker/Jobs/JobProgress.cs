namespace Slipway.Training.Worker.Jobs;

/// <summary>How far a running job is. Its steps set it as often as they like; the heartbeat writes it to the row.</summary>
internal sealed class JobProgress
{
    private readonly Lock _lock = new();
    private double _fraction;
    private string? _message;
    private string? _waiting;

    public (double Fraction, string? Message) Read()
    {
        lock (_lock)
        {
            return (_fraction, _waiting ?? _message);
        }
    }

    public void Report(double fraction, string message)
    {
        lock (_lock)
        {
            // NaN from a trainer must not reach the table's check.
            _fraction = fraction >= 0 ? Math.Min(fraction, 1) : 0;
            _message = message;
        }
    }

    /// <summary>Shows why nothing moves, until null takes it back.</summary>
    public void Wait(string? why)
    {
        lock (_lock)
        {
            _waiting = why;
        }
    }
}
