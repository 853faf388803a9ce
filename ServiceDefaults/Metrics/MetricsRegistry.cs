using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Slipway.ServiceDefaults.Metrics;

/// <summary>
/// The current values of this service's instruments. It listens to the meters of its own container's <see cref="IMeterFactory"/> and to those that belong to no
/// container (<c>System.Runtime</c>, <c>Npgsql</c>), so that services which share a process keep their numbers apart.
/// </summary>
internal sealed class MetricsRegistry : IMetricSeries, IDisposable
{
    private readonly IMeterFactory _meters;
    private readonly ILogger<MetricsRegistry> _logger;
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _overflowed = new(StringComparer.Ordinal);
    private readonly Lock _scrape = new();
    private long _overflows;
    private long _failures;
    private int _started;

    public MetricsRegistry(IMeterFactory meters, ILogger<MetricsRegistry> logger)
    {
        _meters = meters;
        _logger = logger;
        _listener.InstrumentPublished = OnPublished;
        _listener.SetMeasurementEventCallback<byte>(static (_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<short>(static (_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<float>(static (_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<decimal>(static (_, value, tags, state) => Record(state, (double)value, tags));
    }

    internal void Start()
    {
        if (Interlocked.Exchange(ref _started, 1) == 0)
        {
            _listener.Start();
        }
    }

    /// <summary>All metrics in the text exposition format, sorted by name.</summary>
    internal string Render()
    {
        lock (_scrape)
        {
            foreach (var family in _families.Values.Where(f => f.Kind.Observed))
            {
                family.Reset();
            }

            try
            {
                _listener.RecordObservableInstruments();
            }
            catch (AggregateException e)
            {
                // One instrument's failure must not hide the others' values; it is counted and logged instead.
                Interlocked.Add(ref _failures, e.InnerExceptions.Count);
                MetricsLog.CallbackFailed(_logger, e);
            }

            var writer = new ExpositionWriter();
            foreach (var family in _families.Values.OrderBy(f => f.Name, StringComparer.Ordinal))
            {
                family.Write(writer);
            }

            WriteOwn(writer);
            return writer.ToString();
        }
    }

    public void Forget(params ReadOnlySpan<KeyValuePair<string, string>> labels)
    {
        foreach (var family in _families.Values.Where(f => !f.Kind.Observed))
        {
            family.Forget(labels);
        }
    }

    public void Dispose() => _listener.Dispose();

    private static void Record(object? state, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        ((MetricFamily)state!).Record(value, tags);

    private void OnPublished(Instrument instrument, MeterListener listener)
    {
        if (instrument.Meter.Scope is { } scope && !ReferenceEquals(scope, _meters))
        {
            return;
        }

        if (MetricKind.Of(instrument) is not { } kind)
        {
            return;
        }

        var name = ExpositionName.Of(instrument) ?? MetricName.ForInstrument(instrument.Name, instrument.Unit, kind.Type);
        var family = _families.GetOrAdd(name, _ => new MetricFamily(name, instrument, kind, OnOverflow));
        if (family.Kind != kind)
        {
            MetricsLog.TypeConflict(_logger, instrument.Name, instrument.Meter.Name, name);
            return;
        }

        listener.EnableMeasurementEvents(instrument, family);
    }

    private void OnOverflow(MetricFamily family)
    {
        Interlocked.Increment(ref _overflows);
        if (_overflowed.TryAdd(family.Name, true))
        {
            MetricsLog.Overflow(_logger, family.Name, MetricFamily.SeriesLimit);
        }
    }

    private void WriteOwn(ExpositionWriter writer)
    {
        const string Overflows = "slipway_metrics_overflowed_measurements_total";
        writer.Header(Overflows, "Measurements counted without their labels because their metric has too many series.", MetricType.Counter);
        writer.Sample(Overflows, "", Interlocked.Read(ref _overflows));
        const string Failures = "slipway_metrics_failed_callbacks_total";
        writer.Header(Failures, "Observable instruments that failed to report.", MetricType.Counter);
        writer.Sample(Failures, "", Interlocked.Read(ref _failures));
    }
}
