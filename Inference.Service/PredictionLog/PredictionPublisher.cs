using System.Diagnostics;
using Microsoft.Extensions.Options;
using Slipway.Contracts.Messages;
using Slipway.Messaging;

namespace Slipway.Inference.Service.PredictionLog;

/// <summary>
/// Follows the journal and publishes its records in batches. The place in the journal moves on only when the broker has confirmed a batch; until then the same
/// batch is tried for ever, with back-off. A crash between the two publishes a batch twice, which the consumer does not mind.
/// </summary>
internal sealed class PredictionPublisher(
    PredictionJournal journal,
    IMessagePublisher messages,
    PredictionLogMetrics metrics,
    IOptions<PredictionLogOptions> options,
    TimeProvider time,
    ILogger<PredictionPublisher> logger
) : BackgroundService
{
    private const int MaxBatchBytes = 4 << 20;
    private const int MaxLinks = 128;
    private static readonly ActivitySource s_activities = new("Slipway.Inference.PredictionLog");
    private static readonly string s_source = $"{Environment.MachineName}/{Environment.ProcessId}";

    private readonly JournalReader _reader = new(journal, metrics);
    private readonly RecordBuffer _batch = new();
    private readonly CancellationTokenSource _end = new();
    private TimeSpan _delay = TimeSpan.Zero;

    /// <summary>Publishes one batch, waiting for records if there are none. Throws what the publisher throws; the batch then stays for the next call.</summary>
    public async Task RunOnceAsync(CancellationToken ct)
    {
        Read();
        if (_batch.RecordCount == 0)
        {
            // Damaged ends are passed over for good, too.
            journal.Release(_reader.Position);
            await journal.WaitForDataAsync(ct);
            return;
        }
        if (_batch.RecordCount < PredictionsLogged.MaxRecords && _delay == TimeSpan.Zero)
        {
            await Task.Delay(options.Value.MaxBatchDelay, time, ct);
            Read();
        }
        // A publish under way is finished when the service stops; the wait for it is what is bounded.
        await PublishAsync(_end.Token);
    }

    /// <summary>Publishes what is there, without waiting for more; false when something is left because it failed or the time ran out.</summary>
    public async Task<bool> FlushAsync()
    {
        try
        {
            for (Read(); _batch.RecordCount > 0; Read())
            {
                await PublishAsync(_end.Token);
            }
            return true;
        }
        catch (Exception e) when (IsExpected(e))
        {
            return false;
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        using var limit = time.CreateTimer(
            static end => ((CancellationTokenSource)end!).Cancel(),
            _end,
            options.Value.FlushTimeout,
            Timeout.InfiniteTimeSpan
        );
        using var hurry = cancellationToken.UnsafeRegister(static end => ((CancellationTokenSource)end!).Cancel(), _end);
        await base.StopAsync(cancellationToken);
        // Only when the loop has ended: batch and reader belong to it.
        if (ExecuteTask is { IsCompleted: false } || !await FlushAsync())
        {
            PredictionLogEvents.LeftBehind(logger, journal.PendingBytes);
        }
    }

    public override void Dispose()
    {
        _reader.Dispose();
        _batch.Dispose();
        _end.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RunOnceAsync(stoppingToken);
            }
            catch (Exception e) when (stoppingToken.IsCancellationRequested && IsExpected(e))
            {
                // What is left is on disk.
                return;
            }
            catch (Exception e)
            {
                // Whatever it is, the records are on disk and the loop must live.
                await BackOffAsync(e, stoppingToken);
            }
        }
    }

    private async Task BackOffAsync(Exception e, CancellationToken stoppingToken)
    {
        var limits = options.Value;
        _delay =
            _delay == TimeSpan.Zero ? limits.MinRetryDelay : TimeSpan.FromTicks(Math.Min(_delay.Ticks * 2, limits.MaxRetryDelay.Ticks));
        PredictionLogEvents.PublishFailed(logger, e, _batch.RecordCount, _delay, journal.PendingBytes);
        try
        {
            await Task.Delay(_delay, time, stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // The end of the service: the loop sees it.
        }
    }

    // What an attempt that failed left in the batch counts: otherwise each retry would add to a message that no broker takes.
    private void Read() => _reader.Read(_batch, PredictionsLogged.MaxRecords, MaxBatchBytes);

    private async Task PublishAsync(CancellationToken ct)
    {
        var started = time.GetTimestamp();
        using (StartActivity())
        {
            var message = new PredictionsLogged
            {
                BatchId = Guid.CreateVersion7(time.GetUtcNow()),
                SentAt = time.GetUtcNow(),
                Source = s_source,
                Predictions = [],
                Packed = _batch.Written.ToArray(),
            };
            await messages.PublishAsync(message, ct);
        }
        metrics.Published(_batch.RecordCount, time.GetElapsedTime(started));
        if (_delay > TimeSpan.Zero)
        {
            _delay = TimeSpan.Zero;
            PredictionLogEvents.PublishRecovered(logger);
        }
        _batch.Clear();
        journal.Release(_reader.Position);
    }

    // The batch goes on in the trace of its first sampled record and points at the traces of the others.
    private Activity? StartActivity()
    {
        if (!s_activities.HasListeners())
        {
            return null;
        }
        ActivityContext parent = default;
        var links = new List<ActivityLink>();
        var seen = new HashSet<ActivityTraceId>();
        var frames = _batch.Written;
        while (!frames.IsEmpty)
        {
            var trace = PackedRecordReader.ReadTraceParent(PackedRecords.TakePayload(ref frames));
            if (
                !ActivityContext.TryParse(trace, null, isRemote: true, out var context)
                || !context.TraceFlags.HasFlag(ActivityTraceFlags.Recorded)
                || !seen.Add(context.TraceId)
            )
            {
                continue;
            }
            if (parent == default)
            {
                parent = context;
            }
            else if (links.Count < MaxLinks)
            {
                links.Add(new ActivityLink(context));
            }
        }
        return s_activities
            .StartActivity("publish predictions", ActivityKind.Internal, parent, links: links)
            ?.SetTag("slipway.batch.size", _batch.RecordCount);
    }

    private static bool IsExpected(Exception e) => e is MessageNotPublishedException or OperationCanceledException or IOException;
}
