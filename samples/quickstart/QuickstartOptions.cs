namespace Slipway.Quickstart;

/// <summary>Where the services are, and how much of the data is replayed.</summary>
internal sealed record QuickstartOptions
{
    /// <summary>The first model learns from the hours before this instant.</summary>
    public static readonly DateTimeOffset TrainingEnd = new(2011, 7, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>End of the replay with <c>--fast</c>.</summary>
    public static readonly DateTimeOffset FastEnd = new(2011, 10, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>End of the whole replay.</summary>
    public static readonly DateTimeOffset FullEnd = new(2012, 7, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Width of a monitored window: a week, so that every window holds the same weekdays and hours.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromDays(7);

    /// <summary>How long after an hour its rentals are known.</summary>
    public static readonly TimeSpan OutcomeDelay = TimeSpan.FromHours(24);

    public required Uri Registry { get; init; }
    public required Uri Inference { get; init; }
    public required Uri Training { get; init; }
    public required Uri Monitoring { get; init; }
    public string? Name { get; init; }
    public required DateTimeOffset ReplayEnd { get; init; }
    public required TimeSpan Patience { get; init; }
}
