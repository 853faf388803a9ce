namespace Slipway.Contracts.Registry;

/// <summary>A gate that a policy asks for, by its name (see <see cref="GateNames"/>), with the parameters that this gate knows.</summary>
public sealed record GatePolicy
{
    /// <summary>The gate.</summary>
    public string Gate { get; set; } = "";

    /// <summary>The metric to look at. For <c>metric_not_worse</c> null leaves the choice to the request.</summary>
    public string? Metric { get; set; }

    /// <summary><c>metric_threshold</c>, <c>fairness</c>: the least value that passes.</summary>
    public double? Min { get; set; }

    /// <summary><c>metric_threshold</c>, <c>fairness</c>: the greatest value that passes.</summary>
    public double? Max { get; set; }

    /// <summary><c>metric_not_worse</c>: relative loss that is accepted; null leaves it to the request.</summary>
    public double? Tolerance { get; set; }

    /// <summary><c>metric_not_worse</c>: the level of the paired test; null is 0.05.</summary>
    public double? Alpha { get; set; }

    /// <summary><c>metric_not_worse</c>: the version must be proven better, instead of not proven worse.</summary>
    public bool MustBeBetter { get; set; }

    /// <summary><c>fairness</c>: the slices that must be measured, as in <c>sex:female</c>; empty for whichever the run has logged.</summary>
    public IReadOnlyList<string>? Slices { get; set; }

    /// <summary><c>fairness</c>: the greatest difference between two slices that passes.</summary>
    public double? MaxGap { get; set; }

    /// <summary><c>latency_budget</c>: milliseconds of the median run on the example.</summary>
    public double? MaxLatencyMsP50 { get; set; }

    /// <summary><c>latency_budget</c>: milliseconds of the 99th percentile.</summary>
    public double? MaxLatencyMsP99 { get; set; }

    /// <summary><c>memory_budget</c>: peak resident bytes of the examination.</summary>
    public long? MaxPeakMemoryBytes { get; set; }

    /// <summary><c>memory_budget</c>: bytes of all files.</summary>
    public long? MaxSizeBytes { get; set; }

    /// <summary><c>required_tags</c>: each a key, or <c>key=value</c>.</summary>
    public IReadOnlyList<string>? Tags { get; set; }
}

/// <summary>The gates there are.</summary>
public static class GateNames
{
    /// <summary>The version passed its examination.</summary>
    public const string Vetted = "vetted";

    /// <summary>The version has held the environment that it must come from.</summary>
    public const string PromotedFrom = "promoted_from";

    /// <summary>Callers of the incumbent and declared consumers can call the version.</summary>
    public const string SignatureCompatible = "signature_compatible";

    /// <summary>A metric of the version's run lies within bounds.</summary>
    public const string MetricThreshold = "metric_threshold";

    /// <summary>The version is not worse than the one that holds the environment.</summary>
    public const string MetricNotWorse = "metric_not_worse";

    /// <summary>A metric is good enough, and alike, on every slice of the data.</summary>
    public const string Fairness = "fairness";

    /// <summary>A run on the example is fast enough.</summary>
    public const string LatencyBudget = "latency_budget";

    /// <summary>The model is small enough.</summary>
    public const string MemoryBudget = "memory_budget";

    /// <summary>Monitoring has no open alert on the version.</summary>
    public const string NoOpenAlert = "no_open_alert";

    /// <summary>The version has tags.</summary>
    public const string RequiredTags = "required_tags";

    /// <summary>Those that a policy can name.</summary>
    public static IReadOnlyList<string> All { get; } =
    [Vetted, SignatureCompatible, MetricThreshold, MetricNotWorse, Fairness, LatencyBudget, MemoryBudget, NoOpenAlert, RequiredTags];
}
