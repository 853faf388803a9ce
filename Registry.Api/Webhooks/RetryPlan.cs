namespace Slipway.Registry.Api.Webhooks;

/// <summary>When a delivery that failed is tried again.</summary>
internal static class RetryPlan
{
    /// <summary>Whether another attempt may end differently: an answer in the 400s other than these says that this one never will.</summary>
    public static bool MayPass(int? status) => status is null or 408 or 425 or 429 or >= 500;

    /// <summary>
    /// The pause after the <paramref name="attempt"/>th attempt: twice as long each time up to the longest, shortened by up to a half by
    /// <paramref name="jitter"/> (0 to 1), and never shorter than the receiver asked for.
    /// </summary>
    public static TimeSpan Delay(int attempt, TimeSpan first, TimeSpan longest, TimeSpan? retryAfter, double jitter)
    {
        var doubled = first.TotalSeconds * Math.Pow(2, Math.Min(attempt - 1, 30));
        var seconds = Math.Min(doubled, longest.TotalSeconds) * (1 - (jitter / 2));
        return TimeSpan.FromSeconds(Math.Max(seconds, Math.Min(retryAfter?.TotalSeconds ?? 0, longest.TotalSeconds)));
    }
}
