namespace Aspire.Hosting.Run;

/// <summary>How long to wait before a process that ended is started again: twice as long each time, up to a limit, until it ran well for a while.</summary>
internal sealed class Backoff
{
    public static readonly TimeSpan First = TimeSpan.FromSeconds(0.5);
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    public static readonly TimeSpan RanWell = TimeSpan.FromSeconds(60);
    private TimeSpan _next = First;

    /// <summary>The pause after a run that lasted <paramref name="ran"/>.</summary>
    public TimeSpan Next(TimeSpan ran)
    {
        if (ran >= RanWell)
        {
            _next = First;
        }

        var pause = _next;
        _next = _next * 2 > Longest ? Longest : _next * 2;
        return pause;
    }
}
