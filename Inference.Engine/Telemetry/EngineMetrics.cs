using System.Diagnostics;
using System.Diagnostics.Metrics;
using Slipway.Inference.Engine.Batching;

namespace Slipway.Inference.Engine.Telemetry;

/// <summary>What the engine measures. Labels are model names, versions and closed sets of words, so their number is bounded by what is loaded.</summary>
public sealed class EngineMetrics : IDisposable
{
    /// <summary>The meter's name, to be subscribed to.</summary>
    public const string MeterName = "Slipway.Inference.Engine";

    // From a small model's microseconds to a large one's seconds.
    private static readonly InstrumentAdvice<double> s_seconds = new()
    {
        HistogramBucketBoundaries =
        [
            0.000005,
            0.00001,
            0.000025,
            0.00005,
            0.0001,
            0.00025,
            0.0005,
            0.001,
            0.0025,
            0.005,
            0.01,
            0.025,
            0.05,
            0.1,
            0.25,
            0.5,
            1,
            2.5,
            5,
            10,
        ],
    };
    private static readonly InstrumentAdvice<long> s_rows = new()
    {
        HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024],
    };

    private readonly Meter _meter;
    private readonly Counter<long> _providerFallbacks;
    private readonly Counter<long> _requests;
    private readonly Histogram<double> _queueDuration;
    private readonly Histogram<double> _computeDuration;
    private readonly Histogram<long> _batchRows;
    private readonly UpDownCounter<long> _queuedRequests;
    private readonly UpDownCounter<long> _loadedModels;
    private readonly Counter<long> _cacheRequests;

    /// <summary>Creates the instruments.</summary>
    public EngineMetrics(IMeterFactory meterFactory)
    {
        _meter = meterFactory.Create(MeterName);
        _providerFallbacks = _meter.CreateCounter<long>(
            "slipway.engine.provider.fallbacks",
            "{session}",
            "Sessions that run on another provider than asked for."
        );
        _requests = _meter.CreateCounter<long>("slipway.engine.requests", "{request}", "Requests that reached the engine, by outcome.");
        _queueDuration = _meter.CreateHistogram(
            "slipway.engine.queue.duration",
            "s",
            "Time a request waited for its batch to start.",
            tags: null,
            s_seconds
        );
        _computeDuration = _meter.CreateHistogram(
            "slipway.engine.compute.duration",
            "s",
            "Time of one run of the graph.",
            tags: null,
            s_seconds
        );
        _batchRows = _meter.CreateHistogram("slipway.engine.batch.rows", "{row}", "Rows in one run of the graph.", tags: null, s_rows);
        _queuedRequests = _meter.CreateUpDownCounter<long>("slipway.engine.queue.requests", "{request}", "Requests waiting now.");
        _loadedModels = _meter.CreateUpDownCounter<long>("slipway.engine.models", "{model}", "Model versions loaded now.");
        _cacheRequests = _meter.CreateCounter<long>(
            "slipway.engine.cache.requests",
            "{request}",
            "Requests to models with a response cache, by whether the answer was there."
        );
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    internal void ProviderFellBack(string requested, string used) =>
        _providerFallbacks.Add(1, new("provider.requested", requested), new("provider.used", used));

    internal void RequestEnded(in TagList model, string outcome)
    {
        var tags = model;
        tags.Add("outcome", outcome);
        _requests.Add(1, tags);
    }

    internal void RequestQueued(in TagList model, int change) => _queuedRequests.Add(change, model);

    internal void RequestDequeued(in TagList model, TimeSpan waited) => _queueDuration.Record(waited.TotalSeconds, model);

    internal void BatchRan(in TagList model, long rows, TimeSpan duration)
    {
        _batchRows.Record(rows, model);
        _computeDuration.Record(duration.TotalSeconds, model);
    }

    internal void CacheAsked(ModelLabels labels, bool hit) =>
        _cacheRequests.Add(1, new("model", labels.Model), new("version", labels.Version), new("outcome", hit ? "hit" : "miss"));

    internal void ModelsChanged(int change) => _loadedModels.Add(change);
}
