using Slipway.Contracts.Monitoring;

namespace Slipway.Monitoring.Worker.Tests.Drift;

/// <summary>Builds baseline profiles from values, as training does.</summary>
internal static class Profiles
{
    public static ColumnProfile Numeric(string name, IReadOnlyList<double> values, long missing = 0)
    {
        double[] sorted = [.. values.Order()];
        double[] edges = [.. Enumerable.Range(1, 9).Select(i => sorted[sorted.Length * i / 10]).Distinct()];
        var bins = new long[edges.Length + 1];
        foreach (var value in sorted)
        {
            bins[edges.Count(e => value > e)]++;
        }
        return new ColumnProfile
        {
            Name = name,
            Kind = "numeric",
            Count = sorted.Length + missing,
            MissingCount = missing,
            Edges = edges,
            BinCounts = bins,
            Sample = [.. sorted.Take(ColumnProfile.MaxSampleCount)],
        };
    }

    public static ColumnProfile Categorical(string name, IReadOnlyDictionary<string, long> categories, long other = 0, long missing = 0) =>
        new()
        {
            Name = name,
            Kind = "categorical",
            Count = categories.Values.Sum() + other + missing,
            MissingCount = missing,
            Categories = categories,
            OtherCount = other,
        };

    public static BaselineProfile Of(
        ColumnProfile prediction,
        IReadOnlyDictionary<string, double> metrics,
        string task,
        params ColumnProfile[] features
    ) =>
        new()
        {
            Task = task,
            Target = "y",
            RowCount = features.Length == 0 ? 0 : features[0].Count,
            Features = features,
            Prediction = prediction,
            Label = prediction with { Name = "y" },
            Metrics = metrics,
        };

    public static BaselineProfile Regression(double mae, params ColumnProfile[] features) =>
        Of(Numeric("y", Uniform(1, 1000, 0, 100)), new Dictionary<string, double> { ["mae"] = mae }, "regression", features);

    public static double[] Uniform(int seed, int count, double low, double high)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => low + ((high - low) * random.NextDouble()))];
    }
}
