namespace Slipway.Monitoring.Worker.Storage;

/// <summary>One window of one version, as last computed.</summary>
internal sealed class WindowRow
{
    public required string Endpoint { get; init; }

    public required string Model { get; init; }

    public required int Version { get; init; }

    public required DateTimeOffset Start { get; init; }

    public required DateTimeOffset End { get; init; }

    public bool Closed { get; set; }

    /// <summary>Some of its predictions were deleted for their age: its numbers stand.</summary>
    public bool Frozen { get; set; }

    public long PredictionCount { get; set; }

    public long OutcomeCount { get; set; }

    public string? Metric { get; set; }

    public double? Value { get; set; }

    public double? BaselineValue { get; set; }

    public string Metrics { get; set; } = "{}";

    public string Drift { get; set; } = "[]";

    public bool? AccuracyBad { get; set; }

    public bool? Drifted { get; set; }

    public DateTimeOffset UpdatedAt { get; set; }
}
