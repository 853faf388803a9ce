namespace Slipway.Contracts.Monitoring;

/// <summary>
/// What a model's data looked like when it was trained, the file <see cref="FileName"/> beside the model. Monitoring compares later windows with it.
/// </summary>
public sealed record BaselineProfile
{
    /// <summary>The file's name in the model folder.</summary>
    public const string FileName = "baseline.json";

    /// <summary>The version of this shape.</summary>
    public int SchemaVersion { get; set; } = 1;

    /// <summary><c>regression</c> or <c>classification</c>.</summary>
    public required string Task { get; init; }

    /// <summary>The target column.</summary>
    public required string Target { get; init; }

    /// <summary>Rows the feature profiles were taken from.</summary>
    public required long RowCount { get; init; }

    /// <summary>One profile a feature, by the name of the model's input.</summary>
    public required IReadOnlyList<ColumnProfile> Features { get; init; }

    /// <summary>The model's predictions on the holdout.</summary>
    public required ColumnProfile Prediction { get; init; }

    /// <summary>The target column of the holdout.</summary>
    public required ColumnProfile Label { get; init; }

    /// <summary>Metrics on the holdout, by name (<c>mae</c>, <c>rmse</c>, <c>accuracy</c>, …).</summary>
    public required IReadOnlyDictionary<string, double> Metrics { get; init; }
}

/// <summary>The distribution of one column.</summary>
public sealed record ColumnProfile
{
    /// <summary>The most values kept in <see cref="Sample"/>.</summary>
    public const int MaxSampleCount = 2000;

    /// <summary>The most categories kept by name; the rest is counted in <see cref="OtherCount"/>.</summary>
    public const int MaxCategories = 200;

    /// <summary>The column's name.</summary>
    public required string Name { get; init; }

    /// <summary><c>numeric</c> or <c>categorical</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Rows, missing ones included.</summary>
    public required long Count { get; init; }

    /// <summary>Rows without a value.</summary>
    public required long MissingCount { get; init; }

    /// <summary>Mean of the values (numeric).</summary>
    public double? Mean { get; init; }

    /// <summary>Population standard deviation (numeric).</summary>
    public double? StandardDeviation { get; init; }

    /// <summary>Least value (numeric).</summary>
    public double? Min { get; init; }

    /// <summary>Greatest value (numeric).</summary>
    public double? Max { get; init; }

    /// <summary>Strictly rising inner edges e1…ek of k+1 bins (-∞,e1], (e1,e2], …, (ek,∞), at quantiles of the training data (numeric).</summary>
    public IReadOnlyList<double>? Edges { get; init; }

    /// <summary>Values in each bin, one more than <see cref="Edges"/> (numeric).</summary>
    public IReadOnlyList<long>? BinCounts { get; init; }

    /// <summary>A sorted, evenly spaced sample of the values, at most <see cref="MaxSampleCount"/> (numeric); all values where there are no more.</summary>
    public IReadOnlyList<double>? Sample { get; init; }

    /// <summary>Rows by category (categorical).</summary>
    public IReadOnlyDictionary<string, long>? Categories { get; init; }

    /// <summary>Rows of categories beyond <see cref="MaxCategories"/> (categorical).</summary>
    public long OtherCount { get; init; }
}
