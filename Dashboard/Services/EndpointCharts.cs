using System.Text.Json;
using System.Text.Json.Serialization;
using Slipway.Contracts.Monitoring;

namespace Slipway.Dashboard.Services;

/// <summary>The series that the charts of an endpoint draw: one x axis of window starts (Unix seconds), a line a version and a line a feature.</summary>
internal sealed record EndpointCharts(
    string Metric,
    IReadOnlyList<double> Starts,
    IReadOnlyList<ChartSeries> Accuracy,
    IReadOnlyList<ChartSeries> Drift
)
{
    /// <summary>The most features that are drawn: those whose drift was greatest.</summary>
    public const int MaxFeatures = 8;

    public static EndpointCharts From(IReadOnlyList<WindowReport> windows)
    {
        var starts = windows.Select(w => (double)w.Start.ToUnixTimeSeconds()).Distinct().Order().ToList();
        var index = starts.Select((start, i) => (start, i)).ToDictionary(pair => pair.start, pair => pair.i);
        var accuracy = new List<ChartSeries>();
        var oneModel = windows.Select(w => w.Model).Distinct(StringComparer.Ordinal).Count() <= 1;
        foreach (var version in windows.GroupBy(w => (w.Model, w.Version)).OrderBy(g => g.Key))
        {
            var name = $"version {version.Key.Version}";
            accuracy.Add(Series(oneModel ? name : $"{version.Key.Model} {name}", version, w => w.Value));
        }
        accuracy.Add(Series("baseline", windows, w => w.BaselineValue));

        var features = windows
            .SelectMany(w => w.Drift)
            .GroupBy(d => d.Feature, StringComparer.Ordinal)
            .OrderByDescending(g => g.Max(d => d.Psi))
            .Take(MaxFeatures)
            .Select(g => g.Key);
        var drift = features.Select(f => Series(f, windows, w => w.Drift.FirstOrDefault(d => d.Feature == f)?.Psi)).ToList();
        return new EndpointCharts(windows.Select(w => w.Metric).LastOrDefault(m => m is not null) ?? "metric", starts, accuracy, drift);

        ChartSeries Series(string name, IEnumerable<WindowReport> of, Func<WindowReport, double?> value)
        {
            var values = new double?[starts.Count];
            foreach (var window in of)
            {
                values[index[window.Start.ToUnixTimeSeconds()]] = value(window) ?? values[index[window.Start.ToUnixTimeSeconds()]];
            }
            return new ChartSeries(name, values);
        }
    }

    /// <summary>JSON that can stand inside a script element: the default encoder escapes &lt;.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, EndpointChartsJson.Default.EndpointCharts);
}

/// <summary>One line; null where it has no value.</summary>
internal sealed record ChartSeries(string Name, IReadOnlyList<double?> Values);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict)]
[JsonSerializable(typeof(EndpointCharts))]
internal sealed partial class EndpointChartsJson : JsonSerializerContext;
