using System.Diagnostics.Metrics;
using Slipway.Inference.Engine.Telemetry;

namespace Slipway.Inference.Engine.Residency;

/// <summary>What opening and closing models on demand costs. Without labels of models: there may be thousands.</summary>
public sealed class ResidencyMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _loads;
    private readonly Histogram<double> _loadDuration;
    private readonly Counter<long> _evictions;
    private readonly UpDownCounter<long> _bytes;
    private readonly UpDownCounter<long> _residents;
    private readonly UpDownCounter<long> _waiting;

    /// <summary>Creates the instruments.</summary>
    public ResidencyMetrics(IMeterFactory meterFactory)
    {
        _meter = meterFactory.Create(EngineMetrics.MeterName);
        _loads = _meter.CreateCounter<long>("slipway.engine.loads", "{load}", "Models opened on demand, by outcome.");
        _loadDuration = _meter.CreateHistogram<double>(
            "slipway.engine.load.duration",
            "s",
            "Time from the first request for a closed model until it is open."
        );
        _evictions = _meter.CreateCounter<long>("slipway.engine.evictions", "{model}", "Idle models closed to make room for others.");
        _bytes = _meter.CreateUpDownCounter<long>("slipway.engine.memory.bytes", "By", "Memory of the open models, of the budget.");
        _residents = _meter.CreateUpDownCounter<long>("slipway.engine.memory.models", "{model}", "On-demand models open now.");
        _waiting = _meter.CreateUpDownCounter<long>(
            "slipway.engine.load.waiting",
            "{request}",
            "Requests waiting for their model to open."
        );
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    internal void Loaded(string outcome, TimeSpan duration)
    {
        _loads.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
        _loadDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("outcome", outcome));
    }

    internal void Evicted() => _evictions.Add(1);

    internal void BytesChanged(long change) => _bytes.Add(change);

    internal void ResidentsChanged(int change) => _residents.Add(change);

    internal void WaitingChanged(int change) => _waiting.Add(change);
}
