using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Telemetry;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Batching;

/// <summary>
/// Admission and batching in front of one model: a bounded queue, and one owner task that takes from it, joins requests of equal shape along the first dimension and
/// hands each batch to a free run. Outcomes are values; nothing is thrown for a full queue, a time limit or a bad input.
/// </summary>
public sealed class ModelBatcher : IAsyncDisposable
{
    private readonly IModelRunner _runner;
    private readonly BatchingOptions _options;
    private readonly TimeProvider _time;
    private readonly EngineMetrics? _metrics;
    private readonly ILogger _logger;
    private readonly ModelLabels _labels;
    private readonly TagList _tags;
    private readonly Channel<PendingInference> _queue;
    private readonly SemaphoreSlim _freeRuns;
    private readonly Task _owner;

    private readonly Action<RunningBatch> _execute;

    // Set once, before the queue is closed; read by callers to tell a closed queue from a full one.
    private volatile bool _closing;

    // Only ever turned off, by a run that shows that rows cannot be told apart; read by the owner task.
    private volatile bool _joins;

    /// <summary>Starts the owner task.</summary>
    public ModelBatcher(
        IModelRunner runner,
        BatchingOptions options,
        ModelLabels labels,
        TimeProvider time,
        ILogger? logger = null,
        EngineMetrics? metrics = null
    )
    {
        options.Validate();
        _runner = runner;
        _options = options;
        _labels = labels;
        _time = time;
        _logger = logger ?? NullLogger.Instance;
        _metrics = metrics;
        _tags = new TagList { { "model", labels.Model }, { "version", labels.Version } };
        _joins = options.MaxBatchSize > 1 && runner.Signature.RowsCanBeJoined;
        _freeRuns = new SemaphoreSlim(options.EffectiveConcurrentRuns);
        _queue = Channel.CreateBounded<PendingInference>(
            new BoundedChannelOptions(options.QueueCapacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait }
        );
        _execute = Execute;
        _owner = Task.Run(OwnQueueAsync);
    }

    /// <summary>Whether requests are joined now.</summary>
    public bool JoinsRequests => _joins;

    /// <summary>Requests waiting now.</summary>
    public int QueuedRequests => _queue.Reader.Count;

    /// <summary>
    /// Runs the model on a caller's tensors, which stay the caller's and may be disposed after the call. A time limit, counted from now, and a cancellation
    /// end the call at once; a run is stopped when no caller waits for it any more. The caller disposes the result.
    /// </summary>
    public async Task<InferenceResult> InferAsync(IReadOnlyList<Tensor> inputs, TimeSpan? timeLimit, CancellationToken cancellationToken)
    {
        var result = await AdmitAsync(inputs, timeLimit, cancellationToken);
        _metrics?.RequestEnded(_tags, OutcomeLabel(result.Status));
        return result;
    }

    /// <summary>Accepts nothing more, and finishes what waits and runs.</summary>
    public async ValueTask DisposeAsync()
    {
        _closing = true;
        if (!_queue.Writer.TryComplete())
        {
            return;
        }

        await _owner;
        for (var i = 0; i < _options.EffectiveConcurrentRuns; i++)
        {
            await _freeRuns.WaitAsync();
        }

        _freeRuns.Dispose();
    }

    private static string OutcomeLabel(InferenceStatus status) =>
        status switch
        {
            InferenceStatus.Ok => "ok",
            InferenceStatus.InvalidInput => "invalid_input",
            InferenceStatus.QueueFull => "queue_full",
            InferenceStatus.DeadlineExceeded => "deadline_exceeded",
            InferenceStatus.Cancelled => "cancelled",
            InferenceStatus.Unloading => "unloading",
            _ => "failed",
        };

    private Task<InferenceResult> AdmitAsync(IReadOnlyList<Tensor> inputs, TimeSpan? timeLimit, CancellationToken cancellationToken)
    {
        if (!_runner.Signature.TryBind(inputs, out var ordered, out var error))
        {
            return Task.FromResult(InferenceResult.NotServed(InferenceStatus.InvalidInput, error));
        }

        if (timeLimit <= TimeSpan.Zero)
        {
            return Task.FromResult(InferenceResult.NotServed(InferenceStatus.DeadlineExceeded, "the request's time limit passed"));
        }

        var request = new PendingInference(ordered, _time.GetTimestamp());
        request.Watch(timeLimit, _time, cancellationToken);
        _metrics?.RequestQueued(_tags, 1);
        if (!_queue.Writer.TryWrite(request))
        {
            _metrics?.RequestQueued(_tags, -1);
            request.ReleaseInputs();
            request.TryEnd(
                _closing
                    ? InferenceResult.NotServed(InferenceStatus.Unloading, "the model is being unloaded")
                    : InferenceResult.NotServed(InferenceStatus.QueueFull, $"the queue of {_options.QueueCapacity} requests is full")
            );
        }

        return request.Completion;
    }

    private async Task OwnQueueAsync()
    {
        PendingInference? carried = null;
        while (carried is not null || await _queue.Reader.WaitToReadAsync())
        {
            // First a free run, then the requests: what arrives while all runs are busy is joined into the next batch.
            await _freeRuns.WaitAsync();
            var batch = new RunningBatch(_options.MaxDelay);
            carried = await FillAsync(batch, carried);
            if (batch.Members.Count == 0)
            {
                batch.Dispose();
                _freeRuns.Release();
                continue;
            }

            ThreadPool.UnsafeQueueUserWorkItem(_execute, batch, preferLocal: false);
        }
    }

    /// <summary>Fills a batch from the queue; returns a request that was taken but did not fit, to start the next one.</summary>
    private async ValueTask<PendingInference?> FillAsync(RunningBatch batch, PendingInference? carried)
    {
        long started = 0;
        while (true)
        {
            var request = carried;
            carried = null;
            if (request is null && !TryTake(out request))
            {
                if (batch.Members.Count == 0 || !_joins || !await WaitForMoreAsync(batch.WaitLimit - _time.GetElapsedTime(started)))
                {
                    return null;
                }

                continue;
            }

            if (batch.Members.Count > 0 && !(batch.Members[0].CanJoin(request!) && batch.Rows + request!.Rows <= _options.MaxBatchSize))
            {
                return request;
            }

            if (!batch.TryAdd(request!))
            {
                request!.ReleaseInputs();
                continue;
            }

            if (batch.Members.Count == 1)
            {
                started = _time.GetTimestamp();
            }

            if (!_joins || batch.Rows >= _options.MaxBatchSize || batch.Members[0].Rows == 0)
            {
                return null;
            }
        }
    }

    private bool TryTake(out PendingInference? request)
    {
        if (!_queue.Reader.TryRead(out request))
        {
            return false;
        }

        _metrics?.RequestQueued(_tags, -1);
        return true;
    }

    private async ValueTask<bool> WaitForMoreAsync(TimeSpan remaining)
    {
        if (remaining <= TimeSpan.Zero)
        {
            return false;
        }

        using var delay = new CancellationTokenSource(remaining, _time);
        try
        {
            return await _queue.Reader.WaitToReadAsync(delay.Token);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private void Execute(RunningBatch batch)
    {
        try
        {
            if (batch.Seal())
            {
                Run(batch);
            }
        }
        catch (Exception e)
        {
            // A bug of ours or of the runtime's wrapper: every caller gets an answer, and the run is free again.
            EngineLog.RunFailed(_logger, e, _labels.Model, _labels.Version);
            foreach (var member in batch.Members)
            {
                member.TryEnd(InferenceResult.NotServed(InferenceStatus.Failed, "the model failed on this input"));
            }
        }
        finally
        {
            foreach (var member in batch.Members)
            {
                member.ReleaseInputs();
            }

            batch.Dispose();
            _freeRuns.Release();
        }
    }

    private void Run(RunningBatch batch)
    {
        if (batch.Members.Count == 1)
        {
            RunAlone(batch.Members[0], batch.Abandoned);
            return;
        }

        var started = _time.GetTimestamp();
        var joined = RowJoiner.Join(batch.Members, batch.Rows);
        InferenceResult result;
        try
        {
            result = _runner.Run(joined, batch.Abandoned);
        }
        finally
        {
            foreach (var tensor in joined)
            {
                tensor.Dispose();
            }
        }

        using (result)
        {
            if (result.Status == InferenceStatus.Ok && RowJoiner.CanSplit(result, batch.Rows))
            {
                _metrics?.BatchRan(_tags, batch.Rows, result.ComputeDuration);
                var row = 0;
                foreach (var member in batch.Members)
                {
                    End(member, RowJoiner.Slice(result, row, member.Rows), started, result.ComputeDuration, batch.Rows);
                    row += member.Rows;
                }

                return;
            }

            if (result.Status == InferenceStatus.Ok)
            {
                _joins = false;
                EngineLog.JoiningTurnedOff(
                    _logger,
                    _labels.Model,
                    _labels.Version,
                    "an output does not have one row for each row of the inputs"
                );
            }
        }

        // One member's values may have failed the graph: each runs alone, so that only the one at fault hears of it.
        foreach (var member in batch.Members)
        {
            if (!member.HasEnded && RunAlone(member, batch.Abandoned))
            {
                batch.MemberLeft();
            }
        }
    }

    private bool RunAlone(PendingInference member, CancellationToken abandoned)
    {
        var started = _time.GetTimestamp();
        var result = _runner.Run(member.Inputs, abandoned);
        var rows = Math.Max(1, member.Rows);
        _metrics?.BatchRan(_tags, rows, result.ComputeDuration);
        return End(member, result, started, result.ComputeDuration, rows);
    }

    private bool End(PendingInference member, InferenceResult result, long started, TimeSpan computeDuration, long batchRows)
    {
        result.QueueDuration = _time.GetElapsedTime(member.QueuedAt, started);
        result.ComputeDuration = computeDuration;
        result.BatchRows = batchRows;
        _metrics?.RequestDequeued(_tags, result.QueueDuration);
        return member.TryEnd(result);
    }
}
