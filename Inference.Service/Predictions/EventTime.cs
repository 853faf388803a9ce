using System.Globalization;

namespace Slipway.Inference.Service.Predictions;

/// <summary>Reads event times: ISO 8601, date first; without an offset they are UTC.</summary>
internal static class EventTime
{
    private static readonly DateTimeOffset s_earliest = new(1900, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan s_maxAhead = TimeSpan.FromDays(1);

    /// <summary>Whether monitoring takes it: a record of another time would be answered here and refused there, and be lost.</summary>
    public static bool IsPlausible(DateTimeOffset time, DateTimeOffset now) => time >= s_earliest && time <= now + s_maxAhead;

    public static bool TryParse(string text, out DateTimeOffset time)
    {
        time = default;
        // The framework's parser would take 01/02/2011 too, and nobody knows which day that is.
        return text.Length >= 10
            && text[4] == '-'
            && text[7] == '-'
            && DateTimeOffset.TryParse(
                text,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                out time
            );
    }
}
