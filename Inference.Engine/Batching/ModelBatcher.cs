using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Settings;
using Slipway.Inference.Engine.Telemetry;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Batching;

/// <summary>
/// Admission and batching in front of one model. A short run for which a slot is free takes place on the caller's own thread; all else waits in bounded queues, where
/// requests of equal shape are joined along the first dimension. Outcomes are values; nothing is thrown for a full queue, a time limit or a bad input.
/// </summary>
public sealed class ModelBatcher : IAsyncDisposable
{
    private readonly IModelRunner _runner;
    private readonly ModelSettings _settings;
    private readonly TimeProvider _time;
    private readonly RequestOutcomes _outcomes;
    private readonly MemberRuns _runs;
    private readonly EarliestTimer _delayTimer;
    private readonly EarliestTimer _deadlineTimer;
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly Lock _gate = new();
    private readonly RunSchedule _schedule; // under _gate
    private readonly RequestDeadlines _deadlines; // under _gate

    /// <summary>Puts a queue in front of a model. <paramref name="rowsAreIndependent"/> says whether <see cref="RowIndependence"/> was shown.</summary>
    public ModelBatcher(
        IModelRunner runner,
        ModelSettings settings,
        bool rowsAreIndependent,
        ModelLabels labels,
        TimeProvider time,
        ILogger? logger = null,
        EngineMetrics? metrics = null
    )
    {
        settings.Validate();
        (_runner, _settings, _time) = (runner, settings, time);
        _outcomes = new RequestOutcomes(labels, metrics, logger ?? NullLogger.Instance);
        _runs = new MemberRuns(this, _outcomes, time);
        _delayTimer = CreateTimer(PreciseTimeProvider.For(time), isPrecise: true, static batcher => batcher.OnDelayOver());
        _deadlineTimer = CreateTimer(time, isPrecise: false, static batcher => batcher.OnDeadline());
        var batching = settings.Batching;
        var joins =
            batching.MaxBatchSize > 1
            && runner.Signature.RowsCanBeJoined
            && (batching.Joining == RowJoining.Always || (batching.Joining == RowJoining.WhenShown && rowsAreIndependent));
        _schedule = new RunSchedule(this, runner, settings, joins, time, _delayTimer);
        _deadlines = new RequestDeadlines(_schedule, _deadlineTimer);
    }

    /// <summary>Whether requests are joined now.</summary>
    public bool JoinsRequests => _schedule.Joins;

    /// <summary>Requests waiting now.</summary>
    public int QueuedRequests
    {
        get
        {
            lock (_gate)
            {
                return _schedule.Waiting.Count;
            }
        }
    }

    /// <summary>
    /// Runs the model on a caller's tensors, which stay the caller's and may be disposed after the call. A time limit, counted from now, and a cancellation
    /// end the call; a run is stopped when no caller waits for it any more. The caller disposes the result.
    /// </summary>
    public ValueTask<InferenceResult> InferAsync(IReadOnlyList<Tensor> inputs, in InferenceCall call, CancellationToken cancellationToken)
    {
        if (!_runner.Signature.TryBind(inputs, out var ordered, out var error))
        {
            return new(_outcomes.Count(InferenceResult.NotServed(InferenceStatus.InvalidInput, error)));
        }

        if (call.TimeLimit <= TimeSpan.Zero)
        {
            return new(_outcomes.Count(RequestOutcomes.Late));
        }

        if (cancellationToken.IsCancellationRequested)
        {
            return new(_outcomes.Count(RequestOutcomes.Cancelled));
        }

        var now = _time.GetTimestamp();
        var limit = call.TimeLimit is { } given ? Timestamps.Of(_time, given) : long.MaxValue;
        var deadline = limit > long.MaxValue - now ? long.MaxValue : now + limit;
        var rows = PendingInference.CountRows(ordered);
        RunSlot? slot;
        PendingInference? request = null;
        lock (_gate)
        {
            slot = _schedule.TryTakeForCaller(ordered, rows, now, deadline);
            if (slot is not null)
            {
                _deadlines.Arm(deadline, now);
            }
            else
            {
                var level = LevelOf(call.Priority);
                if (_schedule.FindRefusal(level) is { } refused)
                {
                    return new(_outcomes.Count(refused));
                }

                request = Enqueue(ordered, rows, level, call.QueueTimeout, now, limit, deadline);
            }
        }

        if (slot is not null)
        {
            return new(_outcomes.Count(RunHere(slot, ordered, rows, cancellationToken)));
        }

        request!.Watch(this, cancellationToken);
        return new(request.Completion);
    }

    /// <summary>Accepts nothing more, and finishes what waits and runs.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (!_schedule.IsClosing)
            {
                _schedule.Close(_time.GetTimestamp());
                DrainIfIdle();
            }
        }

        await _drained.Task;
        await _delayTimer.DisposeAsync();
        await _deadlineTimer.DisposeAsync();
        _schedule.DisposeRuns();
    }

    /// <summary>A caller does not wait for its queued request any more.</summary>
    internal void GiveUp(PendingInference request)
    {
        lock (_gate)
        {
            if (!TryLeave(request))
            {
                return;
            }
        }

        request.Complete(_outcomes.Count(RequestOutcomes.Cancelled));
    }

    /// <summary>A caller that runs on its own thread does not want the answer any more.</summary>
    internal void CancelOwn(RunSlot slot)
    {
        lock (_gate)
        {
            slot.StopOwn(InferenceStatus.Cancelled);
        }
    }

    /// <summary>Runs what waits, on the thread that a slot was given to.</summary>
    internal void RunQueued(RunSlot slot)
    {
        bool goesOn;
        do
        {
            lock (_gate)
            {
                if (!_schedule.TryFill(slot, _time.GetTimestamp()))
                {
                    DrainIfIdle();
                    return;
                }

                _outcomes.Queued(-slot.Members.Count);
            }

            RunMembers(slot);
            lock (_gate)
            {
                goesOn = _schedule.GoesOn(slot, _time.GetTimestamp());
                DrainIfIdle();
            }
        } while (goesOn);
    }

    private void RunMembers(RunSlot slot)
    {
        try
        {
            _runs.Run(slot);
        }
        catch (Exception e)
        {
            // Every caller gets an answer, and the run is free again.
            foreach (var member in slot.Members)
            {
                End(member, _outcomes.Failed(e));
            }
        }

        foreach (var member in slot.Members)
        {
            member.ReleaseInputs();
        }
    }

    /// <summary>Gives a member its answer, unless it has ended before.</summary>
    internal void End(PendingInference member, InferenceResult result)
    {
        bool isFirst;
        lock (_gate)
        {
            isFirst = TryEnd(member);
        }

        if (isFirst)
        {
            member.Complete(_outcomes.Count(result));
        }
        else
        {
            result.Dispose();
        }
    }

    /// <summary>Remembers what a run took. One that failed or was stopped says nothing: a model that never ends would pass for a short one.</summary>
    internal void Learn(int rows, InferenceResult result, TimeSpan duration)
    {
        if (result.Status == InferenceStatus.Ok)
        {
            lock (_gate)
            {
                _schedule.Cost.Add(rows, duration);
            }
        }
    }

    /// <summary>The model does not give a row for each row: from now on every request runs alone.</summary>
    internal void StopJoining()
    {
        _schedule.StopJoining();
        _outcomes.JoiningTurnedOff("an output does not have one row for each row of the inputs");
    }

    private EarliestTimer CreateTimer(TimeProvider time, bool isPrecise, Action<ModelBatcher> fired) =>
        new(
            time,
            time.CreateTimer(
                static state =>
                {
                    var (batcher, act) = ((ModelBatcher, Action<ModelBatcher>))state!;
                    act(batcher);
                },
                (this, fired),
                Timeout.InfiniteTimeSpan,
                Timeout.InfiniteTimeSpan
            ),
            isPrecise
        );

    private int LevelOf(int priority) => priority <= 0 ? _settings.EffectiveDefaultPriority : Math.Min(priority, _settings.PriorityLevels);

    private PendingInference Enqueue(Tensor[] inputs, int rows, int level, TimeSpan? queueTimeout, long now, long limit, long deadline)
    {
        var policy = _settings.PolicyOf(level);
        var request = new PendingInference(inputs, rows, level, now)
        {
            TimeLimit = limit,
            Deadline = deadline,
            QueueDeadline = policy.TimeoutOf(queueTimeout) is { } timeout ? now + Timestamps.Of(_time, timeout) : long.MaxValue,
            WaitsOn = policy.TimeoutAction == QueueTimeoutAction.Delay,
        };
        _outcomes.Queued(1);
        _deadlines.Arm(Math.Min(request.Deadline, request.QueueDeadline), now);
        _schedule.Add(request, now);
        return request;
    }

    private InferenceResult RunHere(RunSlot slot, Tensor[] inputs, int rows, CancellationToken cancellationToken)
    {
        InferenceResult result;
        var started = Stopwatch.GetTimestamp();
        try
        {
            // Disposed before the slot is free: a callback under way is waited for.
            using var registration = cancellationToken.CanBeCanceled
                ? cancellationToken.UnsafeRegister(static state => ((RunSlot)state!).CancelOwn(), slot)
                : default;
            result = slot.Run.Run(inputs);
        }
        catch (Exception e)
        {
            result = _outcomes.Failed(e);
        }

        var duration = Stopwatch.GetElapsedTime(started);
        InferenceStatus ended;
        lock (_gate)
        {
            ended = slot.OwnEnd;
            if (result.Status == InferenceStatus.Ok)
            {
                _schedule.Cost.Add(rows, duration);
            }

            _schedule.Answered();
            _schedule.GiveBack(slot, ended == InferenceStatus.Ok && _schedule.Waiting.Count == 0 ? 0 : _time.GetTimestamp());
            DrainIfIdle();
        }

        if (ended != InferenceStatus.Ok && result.Status == InferenceStatus.Cancelled)
        {
            result.Dispose();
            return ended == InferenceStatus.Cancelled ? RequestOutcomes.Cancelled : RequestOutcomes.Late;
        }

        result.BatchRows = Math.Max(1, rows);
        // It has not been in the queue, and is no part of the queue's durations.
        _outcomes.Ran(result.BatchRows, result.ComputeDuration);
        return result;
    }

    private void OnDelayOver()
    {
        RunSlot? slot;
        lock (_gate)
        {
            _delayTimer.Fired();
            slot = _schedule.DispatchOrTake(_time.GetTimestamp());
        }

        if (slot is not null)
        {
            RunQueued(slot);
        }
    }

    private void OnDeadline()
    {
        List<PendingInference> late = [];
        lock (_gate)
        {
            _deadlines.Sweep(_time.GetTimestamp(), late);
            late.RemoveAll(request => !TryLeave(request));
        }

        foreach (var request in late)
        {
            request.Complete(_outcomes.Count(RequestOutcomes.Late));
        }
    }

    // ---- Under the lock ----

    private void DrainIfIdle()
    {
        if (_schedule.IsClosing && _schedule.IsIdle)
        {
            _drained.TrySetResult();
        }
    }

    // Takes a request out of wherever it is; false when it has ended before.
    private bool TryLeave(PendingInference request)
    {
        if (!TryEnd(request))
        {
            return false;
        }

        if (request.Lane is not null)
        {
            _schedule.Waiting.Remove(request);
            _outcomes.Queued(-1);
            request.ReleaseInputs();
            DrainIfIdle();
        }
        else if (request.Slot is { Waiting: 0 } slot)
        {
            slot.Stop();
        }

        return true;
    }

    private bool TryEnd(PendingInference request)
    {
        if (request.HasEnded)
        {
            return false;
        }

        request.HasEnded = true;
        _schedule.Answered();
        if (request.Slot is { } slot)
        {
            slot.Waiting--;
        }

        return true;
    }
}
