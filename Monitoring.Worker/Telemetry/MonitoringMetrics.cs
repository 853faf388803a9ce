using System.Diagnostics.Metrics;
using Slipway.Contracts.Monitoring;
using Slipway.Monitoring.Worker.Outcomes;
using Slipway.Monitoring.Worker.Predictions;
using Slipway.Monitoring.Worker.Storage;
using Slipway.Monitoring.Worker.Windows;

namespace Slipway.Monitoring.Worker.Telemetry;

/// <summary>The monitor's own numbers, meter <c>Slipway.Monitoring</c>.</summary>
internal sealed class MonitoringMetrics
{
    private const int MaxDriftSeries = 1000;

    private readonly Counter<long> _predictions;
    private readonly Counter<long> _outcomes;
    private readonly Counter<long> _expired;
    private readonly Counter<long> _alerts;
    private readonly Counter<long> _retrains;
    private readonly Counter<long> _passFailures;
    private readonly Counter<long> _windows;
    private readonly Histogram<double> _lag;
    private readonly Histogram<double> _passDuration;

    // Written by the window pass, read by scrapes. In the order in which they were computed, the oldest first.
    private readonly Lock _lock = new();
    private readonly List<(string Endpoint, string Model, int Version, IReadOnlyList<FeatureDrift> Drift)> _drifts = [];

    public MonitoringMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Slipway.Monitoring");
        _predictions = meter.CreateCounter<long>(
            "slipway.monitoring.predictions",
            "{prediction}",
            "Predictions received, by result: stored, duplicate, conflict, invalid."
        );
        _outcomes = meter.CreateCounter<long>(
            "slipway.monitoring.outcomes",
            "{outcome}",
            "Outcomes received, by result: joined, parked, duplicate, conflict."
        );
        _expired = meter.CreateCounter<long>(
            "slipway.monitoring.expired",
            "{row}",
            "Rows deleted for their age: predictions, and outcomes whose prediction never came."
        );
        _alerts = meter.CreateCounter<long>("slipway.monitoring.alerts", "{alert}", "Alerts raised and cleared, by kind.");
        _retrains = meter.CreateCounter<long>(
            "slipway.monitoring.retrain_requests",
            "{message}",
            "TrainModel messages published, repetitions included."
        );
        _passFailures = meter.CreateCounter<long>(
            "slipway.monitoring.window_pass.failures",
            "{failure}",
            "Endpoints whose windows could not be computed in a pass."
        );
        _windows = meter.CreateCounter<long>("slipway.monitoring.windows", "{window}", "Windows computed.");
        _lag = meter.CreateHistogram<double>(
            "slipway.monitoring.consumer.lag",
            "s",
            "Time from a batch being formed to its predictions being stored."
        );
        _passDuration = meter.CreateHistogram<double>(
            "slipway.monitoring.window_pass.duration",
            "s",
            "Time a pass over dirty windows took."
        );
        meter.CreateObservableGauge(
            "slipway.monitoring.feature.psi",
            ObservePsi,
            "1",
            "Population stability index of each feature in the window computed last."
        );
    }

    public void PredictionsStored(StoredBatch batch, TimeSpan lag)
    {
        Count(_predictions, batch.Stored, "stored");
        Count(_predictions, batch.Duplicates, "duplicate");
        Count(_predictions, batch.Conflicts, "conflict");
        Count(_predictions, batch.Invalid, "invalid");
        _lag.Record(Math.Max(0, lag.TotalSeconds));
    }

    public void OutcomesStored(StoredOutcomes stored)
    {
        Count(_outcomes, stored.Joined, "joined");
        Count(_outcomes, stored.Parked, "parked");
        Count(_outcomes, stored.Duplicates, "duplicate");
        Count(_outcomes, stored.Conflicts.Count, "conflict");
    }

    public void Expired(long predictions, long parked)
    {
        Count(_expired, predictions, "prediction");
        Count(_expired, parked, "parked_outcome");
    }

    public void AlertChanged(AlertRow alert) =>
        _alerts.Add(1, new KeyValuePair<string, object?>("kind", alert.Kind), new KeyValuePair<string, object?>("status", alert.Status));

    public void RetrainPublished() => _retrains.Add(1);

    public void PassFailed() => _passFailures.Add(1);

    public void PassEnded(TimeSpan duration, int windows)
    {
        _windows.Add(windows);
        _passDuration.Record(duration.TotalSeconds);
    }

    /// <summary>Remembers the window's PSI by feature. Beyond a thousand series those of the version computed longest ago are forgotten.</summary>
    public void DriftComputed(string endpoint, WindowKey window, IReadOnlyList<FeatureDrift> drift)
    {
        if (drift.Count == 0)
        {
            return;
        }
        lock (_lock)
        {
            _drifts.RemoveAll(d => d.Endpoint == endpoint && d.Model == window.Model && d.Version == window.Version);
            _drifts.Add((endpoint, window.Model, window.Version, drift));
            while (_drifts.Count > 1 && _drifts.Sum(d => d.Drift.Count) > MaxDriftSeries)
            {
                _drifts.RemoveAt(0);
            }
        }
    }

    private Measurement<double>[] ObservePsi()
    {
        lock (_lock)
        {
            return [.. _drifts.SelectMany(version => version.Drift.Take(MaxDriftSeries).Select(feature => Psi(version, feature)))];
        }

        static Measurement<double> Psi(
            (string Endpoint, string Model, int Version, IReadOnlyList<FeatureDrift>) of,
            FeatureDrift feature
        ) =>
            new(
                feature.Psi,
                new KeyValuePair<string, object?>("endpoint", of.Endpoint),
                new KeyValuePair<string, object?>("model", of.Model),
                new KeyValuePair<string, object?>("version", of.Version),
                new KeyValuePair<string, object?>("feature", feature.Feature)
            );
    }

    private static void Count(Counter<long> counter, long count, string result)
    {
        if (count > 0)
        {
            counter.Add(count, new KeyValuePair<string, object?>("result", result));
        }
    }
}
