namespace Slipway.Contracts.Monitoring;

/// <summary><c>GET /api/v1/monitors/{endpoint}/windows</c>: windows in time order, the newest <c>limit</c> (default 200, at most 1000).</summary>
public sealed record WindowPage(IReadOnlyList<WindowReport> Windows);

/// <summary>One window of one version: counts, accuracy, drift.</summary>
public sealed record WindowReport
{
    /// <summary>The endpoint.</summary>
    public required string Endpoint { get; init; }

    /// <summary>The registered model.</summary>
    public required string Model { get; init; }

    /// <summary>The version that answered.</summary>
    public required int Version { get; init; }

    /// <summary>First instant of the window.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>First instant after it.</summary>
    public required DateTimeOffset End { get; init; }

    /// <summary>True once a prediction after the window's end has been seen; an outcome may still change its numbers.</summary>
    public required bool Closed { get; init; }

    /// <summary>Predictions in the window.</summary>
    public required long PredictionCount { get; init; }

    /// <summary>Those with an outcome.</summary>
    public required long OutcomeCount { get; init; }

    /// <summary>The judged metric's name.</summary>
    public string? Metric { get; init; }

    /// <summary>The judged metric, over predictions with outcomes.</summary>
    public double? Value { get; init; }

    /// <summary>The baseline's value of the metric.</summary>
    public double? BaselineValue { get; init; }

    /// <summary>All computed metrics.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; set; } = new Dictionary<string, double>();

    /// <summary>Drift by feature, and of the prediction under the name <c>(prediction)</c>; empty while there are too few predictions.</summary>
    public IReadOnlyList<FeatureDrift> Drift { get; set; } = [];

    /// <summary>Whether accuracy is bad; null while there are too few outcomes.</summary>
    public bool? AccuracyBad { get; init; }

    /// <summary>Whether the data drifted; null while there are too few predictions.</summary>
    public bool? Drifted { get; init; }
}

/// <summary>How far one feature has moved from the baseline.</summary>
public sealed record FeatureDrift
{
    /// <summary>The feature.</summary>
    public required string Feature { get; init; }

    /// <summary>Population stability index over the baseline's bins.</summary>
    public required double Psi { get; init; }

    /// <summary>Kolmogorov–Smirnov statistic (numeric features).</summary>
    public double? Ks { get; init; }

    /// <summary>p-value of KS (numeric) or of a two-sample chi-square test (categorical).</summary>
    public double? PValue { get; init; }

    /// <summary>Significant after correction, and PSI above the threshold.</summary>
    public required bool Drifted { get; init; }
}

/// <summary>An alert: raised after bad windows in a row, cleared after good ones.</summary>
public sealed record Alert
{
    /// <summary>The alert's id.</summary>
    public required Guid Id { get; init; }

    /// <summary>The endpoint.</summary>
    public required string Endpoint { get; init; }

    /// <summary>The registered model.</summary>
    public required string Model { get; init; }

    /// <summary>The version it speaks of.</summary>
    public required int Version { get; init; }

    /// <summary><c>accuracy</c> or <c>drift</c>.</summary>
    public required string Kind { get; init; }

    /// <summary><c>open</c> or <c>cleared</c>.</summary>
    public required string Status { get; init; }

    /// <summary>What was seen, with numbers.</summary>
    public required string Message { get; init; }

    /// <summary>End of the window that raised it (event time).</summary>
    public required DateTimeOffset WindowEnd { get; init; }

    /// <summary>When it was raised.</summary>
    public required DateTimeOffset RaisedAt { get; init; }

    /// <summary>When it was cleared.</summary>
    public DateTimeOffset? ClearedAt { get; init; }

    /// <summary>Training jobs that it asked for (their ids are the <see cref="Messages.TrainModel.Id"/>s).</summary>
    public IReadOnlyList<Guid> RetrainingJobs { get; set; } = [];
}

/// <summary><c>GET /api/v1/alerts</c>: newest first; <c>?endpoint=</c>, <c>?status=</c>, <c>?limit=</c> (default 100, at most 1000).</summary>
public sealed record AlertPage(IReadOnlyList<Alert> Alerts);

/// <summary><c>GET /api/v1/stats</c>: what the monitor has stored, for checks that nothing was lost.</summary>
public sealed record MonitoringStats(long Predictions, long Outcomes, long Joined, long ParkedOutcomes);

/// <summary><c>GET /api/v1/endpoints/{endpoint}/summary</c>: traffic of an endpoint by version over the last hour of event time, and in all.</summary>
public sealed record EndpointTraffic(string Endpoint, IReadOnlyList<VersionTraffic> Versions);

/// <summary>Traffic of one version.</summary>
public sealed record VersionTraffic(
    string Model,
    int Version,
    long Predictions,
    long Outcomes,
    double? MeanLatencyMs,
    DateTimeOffset? FirstAt,
    DateTimeOffset? LastAt
);
