using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Slipway.Inference.Engine.Telemetry;

namespace Slipway.Inference.Engine.Tests.Telemetry;

/// <summary>Collects what one set of engine metrics measures: the sum per instrument and outcome.</summary>
internal sealed class MeasuredValues : IMeterFactory
{
    private readonly ConcurrentDictionary<string, double> _sums = new(StringComparer.Ordinal);
    private readonly List<Meter> _meters = [];
    private readonly MeterListener _listener = new();

    public MeasuredValues()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, this))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
        Metrics = new EngineMetrics(this);
    }

    public EngineMetrics Metrics { get; }

    public double this[string key] => _sums.GetValueOrDefault(key);

    public Meter Create(MeterOptions options)
    {
        options.Scope = this;
        var meter = new Meter(options);
        _meters.Add(meter);
        return meter;
    }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var meter in _meters)
        {
            meter.Dispose();
        }
    }

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var key = instrument.Name;
        foreach (var tag in tags)
        {
            key += tag.Key is "outcome" or "provider.requested" ? $" {tag.Value}" : "";
        }

        _sums.AddOrUpdate(key, value, (_, sum) => sum + value);
    }
}
