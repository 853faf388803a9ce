using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Slipway.Inference.Engine.Telemetry;

/// <summary>What the engine measures. Labels are model names, versions and closed sets of words, so their number is bounded by what is loaded.</summary>
public sealed class EngineMetrics : IDisposable
{
    /// <summary>The meter's name, to be subscribed to.</summary>
    public const string MeterName = "Slipway.Inference.Engine";

    private readonly Meter meter;
    private readonly Counter<long> providerFallbacks;
    private readonly Counter<long> requests;
    private readonly Histogram<double> queueDuration;
    private readonly Histogram<double> computeDuration;
    private readonly Histogram<long> batchRows;
    private readonly UpDownCounter<long> queuedRequests;
    private readonly UpDownCounter<long> loadedModels;

    /// <summary>Creates the instruments.</summary>
    public EngineMetrics(IMeterFactory meterFactory)
    {
        meter = meterFactory.Create(MeterName);
        providerFallbacks = meter.CreateCounter<long>(
            "slipway.engine.provider.fallbacks",
            "{session}",
            "Sessions that run on another provider than asked for."
        );
        requests = meter.CreateCounter<long>("slipway.engine.requests", "{request}", "Requests that reached the engine, by outcome.");
        queueDuration = meter.CreateHistogram<double>(
            "slipway.engine.queue.duration",
            "s",
            "Time a request waited for its batch to start."
        );
        computeDuration = meter.CreateHistogram<double>("slipway.engine.compute.duration", "s", "Time of one run of the graph.");
        batchRows = meter.CreateHistogram<long>("slipway.engine.batch.rows", "{row}", "Rows in one run of the graph.");
        queuedRequests = meter.CreateUpDownCounter<long>("slipway.engine.queue.requests", "{request}", "Requests waiting now.");
        loadedModels = meter.CreateUpDownCounter<long>("slipway.engine.models", "{model}", "Model versions loaded now.");
    }

    /// <inheritdoc/>
    public void Dispose() => meter.Dispose();

    internal void ProviderFellBack(string requested, string used) =>
        providerFallbacks.Add(1, new("provider.requested", requested), new("provider.used", used));

    internal void RequestEnded(in TagList model, string outcome)
    {
        var tags = model;
        tags.Add("outcome", outcome);
        requests.Add(1, tags);
    }

    internal void RequestQueued(in TagList model, int change) => queuedRequests.Add(change, model);

    internal void RequestDequeued(in TagList model, TimeSpan waited) => queueDuration.Record(waited.TotalSeconds, model);

    internal void BatchRan(in TagList model, long rows, TimeSpan duration)
    {
        batchRows.Record(rows, model);
        computeDuration.Record(duration.TotalSeconds, model);
    }

    internal void ModelsChanged(int change) => loadedModels.Add(change);
}
