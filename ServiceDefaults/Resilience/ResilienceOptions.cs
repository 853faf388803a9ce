using System.ComponentModel.DataAnnotations;

namespace Slipway.ServiceDefaults.Resilience;

/// <summary>How HTTP clients meet a neighbour that is away or overloaded. Configuration section <c>Resilience</c>.</summary>
public sealed class ResilienceOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Resilience";

    /// <summary>How often a request that may be repeated is tried again. 0 switches retries off.</summary>
    [Range(0, 10)]
    public int Retries { get; set; } = 3;

    /// <summary>The first pause, in milliseconds; it doubles with each try, and up to half of it is random.</summary>
    [Range(1, 60_000)]
    public int FirstDelayMs { get; set; } = 200;

    /// <summary>The longest pause, in milliseconds; also the most of a server's Retry-After that is waited for.</summary>
    [Range(1, 60_000)]
    public int MaxDelayMs { get; set; } = 5_000;

    /// <summary>Seconds until the response's headers must be there, for one try.</summary>
    [Range(1, 3_600)]
    public int TrySeconds { get; set; } = 20;

    /// <summary>Seconds for all tries and pauses together.</summary>
    [Range(1, 3_600)]
    public int TotalSeconds { get; set; } = 60;
}
