using System.Globalization;
using System.Text;
using Slipway.Contracts.Monitoring;
using Slipway.Monitoring.Worker.Drift;

namespace Slipway.Monitoring.Worker.Tests.Drift;

public sealed class DriftCalculatorTests
{
    private const double Threshold = 0.2;
    private static readonly Dictionary<string, long> s_seasons = new()
    {
        ["1"] = 400,
        ["2"] = 400,
        ["3"] = 200,
    };

    [Fact]
    public void Compute_ShiftedFeature_IsTheOnlyOneThatDrifted()
    {
        var baseline = Profiles.Regression(10, Uniform("temp"), Uniform("hum"), Profiles.Categorical("season", s_seasons));
        var sample = new WindowSample(baseline);
        var temp = Profiles.Uniform(11, 500, 0.3, 1.3);
        var hum = Profiles.Uniform(12, 500, 0, 1);
        for (var i = 0; i < 500; i++)
        {
            Add(sample, Invariant($"{{\"temp\":{temp[i]},\"hum\":{hum[i]}}}"), $"{{\"season\":\"{Season(i)}\"}}", 100 * hum[i]);
        }

        var drift = DriftCalculator.Compute(sample, Threshold);

        Assert.Equal(["temp", "hum", "season", DriftCalculator.PredictionName], drift.Select(d => d.Feature));
        Assert.Equal([true, false, false, false], drift.Select(d => d.Drifted));
        Assert.InRange(drift[0].Ks!.Value, 0.25, 0.35);
        Assert.True(drift[0].PValue < 1e-10);
        Assert.Null(drift[2].Ks);
        Assert.False(DriftCalculator.IsDrifted(drift, 0.5));
        Assert.True(DriftCalculator.IsDrifted(drift, 0.3));
    }

    [Fact]
    public void Compute_NoDrift_AlmostNeverAlarms()
    {
        // 20 features, 200 windows of 168 rows: with the tests alone, at 5 % each, two windows in three would alarm.
        const int Seed = 77;
        var baseline = Profiles.Regression(10, [.. Enumerable.Range(0, 20).Select(i => Uniform($"f{i}", i))]);
        var alarms = 0;
        for (var window = 0; window < 200; window++)
        {
            var sample = new WindowSample(baseline);
            var random = new Random(Seed + window);
            for (var row = 0; row < 168; row++)
            {
                var features = string.Join(",", Enumerable.Range(0, 20).Select(f => Invariant($"\"f{f}\":{random.NextDouble()}")));
                Add(sample, $"{{{features}}}", "{}", 100 * random.NextDouble());
            }
            alarms += DriftCalculator.Compute(sample, Threshold).Any(d => d.Drifted) ? 1 : 0;
        }
        Assert.True(alarms <= 2, $"seed {Seed}: {alarms} of 200 windows alarmed");
    }

    [Fact]
    public void Compute_LargeSampleTinyShift_IsSignificantButDoesNotMatter()
    {
        var sample = new WindowSample(Profiles.Regression(10, Uniform("x")));
        foreach (var value in Profiles.Uniform(5, 20_000, 0.05, 1.05))
        {
            Add(sample, Invariant($"{{\"x\":{value}}}"), "{}", null);
        }

        var drift = DriftCalculator.Compute(sample, Threshold)[0];

        Assert.True(drift.PValue < 0.001);
        Assert.True(drift.Psi < Threshold, $"PSI {drift.Psi}");
        Assert.False(drift.Drifted);
    }

    [Fact]
    public void Compute_FeatureGoneMissing_Drifted()
    {
        var sample = new WindowSample(Profiles.Regression(10, Uniform("x"), Profiles.Categorical("season", s_seasons)));
        for (var i = 0; i < 100; i++)
        {
            Add(sample, "{\"x\":null}", "{}", 50);
        }

        var drift = DriftCalculator.Compute(sample, Threshold);

        Assert.True(drift[0].Drifted);
        Assert.Null(drift[0].Ks);
        Assert.True(drift[1].Drifted);
    }

    [Fact]
    public void Compute_CategoryTheBaselineLacks_CountsAsOther()
    {
        var sample = new WindowSample(Profiles.Regression(10, Profiles.Categorical("season", s_seasons)));
        for (var i = 0; i < 200; i++)
        {
            Add(sample, "{}", $"{{\"season\":\"{(i % 2 == 0 ? "9" : Season(i))}\"}}", 50);
        }
        Assert.True(DriftCalculator.Compute(sample, Threshold)[0].Drifted);
    }

    [Fact]
    public void Compute_CategoryLoggedAsNumber_IsTheSameCategory()
    {
        var baseline = Profiles.Regression(10, Profiles.Categorical("season", s_seasons));
        var asText = new WindowSample(baseline);
        var asNumber = new WindowSample(baseline);
        for (var i = 0; i < 300; i++)
        {
            Add(asText, "{}", $"{{\"season\":\"{Season(i)}\"}}", 50);
            Add(asNumber, $"{{\"season\":{Season(i)}.0}}", "{}", 50);
        }
        Assert.Equal(DriftCalculator.Compute(asText, Threshold)[0], DriftCalculator.Compute(asNumber, Threshold)[0]);
    }

    [Fact]
    public void IsDrifted_NoFeatures_IsUnknown() => Assert.Null(DriftCalculator.IsDrifted([], 0.3));

    private static ColumnProfile Uniform(string name, int seed = 3) => Profiles.Numeric(name, Profiles.Uniform(seed + 1000, 2000, 0, 1));

    private static void Add(WindowSample sample, string numbers, string categories, double? value) =>
        sample.Add(Encoding.UTF8.GetBytes(numbers), Encoding.UTF8.GetBytes(categories), value, null);

    private static string Season(int i) =>
        (i % 5) switch
        {
            0 or 1 => "1",
            2 or 3 => "2",
            _ => "3",
        };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
