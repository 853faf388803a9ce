namespace Slipway.Monitoring.Worker.Storage;

/// <summary>Cuts event time into windows, as PostgreSQL's <c>date_bin</c> from 1970 on does.</summary>
internal static class WindowTime
{
    /// <summary>The start of the window that holds <paramref name="at"/>.</summary>
    public static DateTimeOffset StartOf(DateTimeOffset at, TimeSpan width)
    {
        var ticks = at.UtcTicks - DateTimeOffset.UnixEpoch.Ticks;
        var remainder = ticks % width.Ticks;
        return new DateTimeOffset(at.UtcTicks - (remainder < 0 ? remainder + width.Ticks : remainder), TimeSpan.Zero);
    }
}
