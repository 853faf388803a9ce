using System.Diagnostics;
using Slipway.Contracts.Messages;

namespace Slipway.Monitoring.Worker.Predictions;

/// <summary>
/// Carries the traces of requests on to the monitor. A batch mixes many requests, so it has a span of its own, linked to theirs; and each
/// sampled request's trace gets a span that says when its prediction was stored.
/// </summary>
internal sealed class PredictionTraces : IDisposable
{
    /// <summary>The source's name.</summary>
    public const string SourceName = "Slipway.Monitoring";

    private const int MaxTraces = 32;

    private readonly ActivitySource _source = new(SourceName);

    /// <summary>Starts the batch's span; null when nobody listens.</summary>
    public Activity? Start(PredictionsLogged batch, IReadOnlyList<PredictionRecord> records)
    {
        if (!_source.HasListeners())
        {
            return null;
        }
        var span = _source.StartActivity(
            "store predictions",
            ActivityKind.Consumer,
            Activity.Current?.Context ?? default,
            links: Requests(records).Select(context => new ActivityLink(context))
        );
        span?.SetTag("messaging.batch.message_count", records.Count);
        span?.SetTag("messaging.message.id", batch.BatchId);
        return span;
    }

    /// <summary>Adds a span to each request's own trace, from the batch's start to now. Call it after the commit.</summary>
    public void Continue(IReadOnlyList<PredictionRecord> records, Activity? batch)
    {
        if (batch is null)
        {
            return;
        }
        foreach (var context in Requests(records))
        {
            using var span = _source.StartActivity(
                "store prediction",
                ActivityKind.Consumer,
                context,
                links: [new ActivityLink(batch.Context)],
                startTime: batch.StartTimeUtc
            );
        }
        // Starting a span makes it current; the batch's span is the one that goes on.
        Activity.Current = batch;
    }

    public void Dispose() => _source.Dispose();

    private static IEnumerable<ActivityContext> Requests(IReadOnlyList<PredictionRecord> records) =>
        records
            .Select(r => r?.TraceParent)
            .Where(t => t is not null)
            .Distinct(StringComparer.Ordinal)
            .Select(t => ActivityContext.TryParse(t, null, isRemote: true, out var context) ? context : default)
            .Where(c => c.TraceId != default && c.TraceFlags.HasFlag(ActivityTraceFlags.Recorded))
            .Take(MaxTraces);
}
