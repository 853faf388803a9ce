using System.Globalization;

namespace Slipway.Inference.Service.Predictions;

/// <summary>Reads event times: ISO 8601, date first; without an offset they are UTC.</summary>
internal static class EventTime
{
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
