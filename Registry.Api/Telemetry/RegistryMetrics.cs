using System.Diagnostics.Metrics;
using Slipway.Registry.Api.Serving;

namespace Slipway.Registry.Api.Telemetry;

/// <summary>What the registry does, for <c>/metrics</c>.</summary>
internal sealed class RegistryMetrics
{
    public const string MeterName = "Slipway.Registry";
    private readonly Counter<long> _loggedPoints;
    private readonly Histogram<double> _vetting;
    private readonly Counter<long> _promotions;

    public RegistryMetrics(IMeterFactory meters, ServingNotifier serving)
    {
        var meter = meters.Create(MeterName);
        _loggedPoints = meter.CreateCounter<long>("slipway.registry.metrics.logged", "{point}", "Metric points that runs have logged.");
        _vetting = meter.CreateHistogram<double>(
            "slipway.registry.vetting.duration",
            "s",
            "Time of an examination, by status and code of the first problem.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120] }
        );
        _promotions = meter.CreateCounter<long>(
            "slipway.registry.promotions.decided",
            "{promotion}",
            "Promotions that were decided, by status."
        );
        meter.CreateObservableGauge(
            "slipway.registry.serving.waiting",
            () => serving.WaitingCount,
            "{request}",
            "Requests that wait for a change of the serving state."
        );
        meter.CreateObservableGauge(
            "slipway.registry.serving.revision",
            () => serving.Revision,
            "{revision}",
            "The serving revision last seen."
        );
    }

    public void Logged(int points)
    {
        if (points > 0)
        {
            _loggedPoints.Add(points);
        }
    }

    public void Vetted(string status, string code, TimeSpan elapsed) =>
        _vetting.Record(elapsed.TotalSeconds, new("status", status), new("code", VettingCode(code)));

    public void Decided(string status) => _promotions.Add(1, new KeyValuePair<string, object?>("status", status));

    // The code comes from another program's report: what is not shaped like one must not become a label.
    private static string VettingCode(string code) =>
        code.Length <= 40 && code.All(c => char.IsAsciiLetterLower(c) || c == '_') ? code : "other";
}
