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
    // A run that takes longer, or carries more, goes to a thread of its own: the caller's thread reads other requests meanwhile.
    private const double CallersThreadSeconds = 0.001;
    private const int CallersThreadBytes = 256 * 1024;

    // Joining copies, wakes and splits: a run whose fixed part is cheaper than that gains nothing from company.
    private const double JoiningSeconds = 10e-6;

    // Less than that is over before a timer could say so.
    private const double LeastDelaySeconds = 50e-6;
    private static readonly TimeSpan ContentionMemory = TimeSpan.FromMilliseconds(2);

    private readonly IModelRunner _runner;
    private readonly ModelSettings _settings;
    private readonly TimeProvider _time;
    private readonly EngineMetrics? _metrics;
    private readonly ILogger _logger;
    private readonly ModelLabels _labels;
    private readonly TagList _tags;
    private readonly ITimer _delayTimer;
    private readonly ITimer _deadlineTimer;
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly Lock _gate = new();
    private readonly WaitingRequests _waiting; // under _gate, as all that follows
    private readonly BatchCost _cost = new();
    private readonly List<RunSlot> _slots = [];
    private readonly Stack<RunSlot> _free = new();
    private bool _closing;
    private bool _joins;
    private bool _isPosted; // a slot was given to a thread and has not taken its requests yet
    private int _unanswered;
    private int _peak; // unanswered requests at their most, forgotten slowly
    private long _contendedUntil = long.MinValue;
    private long _freeSince;
    private long _delayArmedFor = long.MaxValue;
    private long _deadlineArmedFor = long.MaxValue;

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
        _runner = runner;
        _settings = settings;
        _labels = labels;
        _time = time;
        _logger = logger ?? NullLogger.Instance;
        _metrics = metrics;
        _tags = new TagList { { "model", labels.Model }, { "version", labels.Version } };
        var batching = settings.Batching;
        _joins =
            batching.MaxBatchSize > 1
            && runner.Signature.RowsCanBeJoined
            && (batching.Joining == RowJoining.Always || (batching.Joining == RowJoining.WhenShown && rowsAreIndependent));
        _waiting = new WaitingRequests(settings.PriorityLevels);
        _delayTimer = PreciseTimeProvider
            .For(time)
            .CreateTimer(static state => ((ModelBatcher)state!).OnDelayOver(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _deadlineTimer = time.CreateTimer(
            static state => ((ModelBatcher)state!).OnDeadline(),
            this,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
    }

    /// <summary>Whether requests are joined now.</summary>
    public bool JoinsRequests => Volatile.Read(ref _joins);

    /// <summary>Requests waiting now.</summary>
    public int QueuedRequests
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count;
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
            return new(Refuse(InferenceStatus.InvalidInput, error));
        }

        if (call.TimeLimit <= TimeSpan.Zero)
        {
            return new(Refuse(InferenceStatus.DeadlineExceeded, TimeLimitPassed));
        }

        if (cancellationToken.IsCancellationRequested)
        {
            return new(Refuse(InferenceStatus.Cancelled, WasCancelled));
        }

        var now = _time.GetTimestamp();
        var limit = call.TimeLimit is { } given ? ToTimestamp(given) : long.MaxValue;
        var deadline = limit > long.MaxValue - now ? long.MaxValue : now + limit;
        var rows = PendingInference.CountRows(ordered);
        RunSlot? slot;
        PendingInference? request = null;
        lock (_gate)
        {
            slot = TryTakeForCaller(ordered, rows, now, deadline);
            if (slot is null)
            {
                var level = LevelOf(call.Priority);
                if (FindRefusal(level) is { } refused)
                {
                    return new(Count(refused));
                }

                request = Enqueue(ordered, rows, level, call.QueueTimeout, now, limit, deadline);
            }
        }

        if (slot is not null)
        {
            return new(Count(RunHere(slot, ordered, rows, cancellationToken)));
        }

        request!.Watch(this, cancellationToken);
        return new(request.Completion);
    }

    /// <summary>Accepts nothing more, and finishes what waits and runs.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (!_closing)
            {
                _closing = true;
                Dispatch(_time.GetTimestamp());
                DrainIfIdle();
            }
        }

        await _drained.Task;
        await _delayTimer.DisposeAsync();
        await _deadlineTimer.DisposeAsync();
        foreach (var slot in _slots)
        {
            slot.Run.Dispose();
        }

        _slots.Clear();
    }

    internal void GiveUp(PendingInference request)
    {
        lock (_gate)
        {
            if (!TryLeave(request))
            {
                return;
            }
        }

        Answer(request, Refuse(InferenceStatus.Cancelled, WasCancelled));
    }

    internal void RunQueued(RunSlot slot)
    {
        var now = _time.GetTimestamp();
        lock (_gate)
        {
            _isPosted = false;
            var rule = RuleOf();
            if (_waiting.FindDue(now, rule, out _) is { } lane)
            {
                _waiting.Take(lane, rule, slot.Members);
                _metrics?.RequestQueued(_tags, -slot.Members.Count);
                slot.Waiting = slot.Members.Count;
                foreach (var member in slot.Members)
                {
                    member.Slot = slot;
                }
            }
            else
            {
                GiveBack(slot, now);
                return;
            }

            Dispatch(now);
        }

        try
        {
            RunMembers(slot);
        }
        catch (Exception e)
        {
            // A bug of ours or of the runtime's wrapper: every caller gets an answer, and the run is free again.
            EngineLog.RunFailed(_logger, e, _labels.Model, _labels.Version);
            foreach (var member in slot.Members)
            {
                End(member, InferenceResult.NotServed(InferenceStatus.Failed, FailedOnInput));
            }
        }

        foreach (var member in slot.Members)
        {
            member.ReleaseInputs();
        }

        lock (_gate)
        {
            GiveBack(slot, _time.GetTimestamp());
        }
    }

    private const string TimeLimitPassed = "the request's time limit passed";
    private const string WasCancelled = "the request was cancelled";
    private const string FailedOnInput = "the model failed on this input";

    private InferenceResult Refuse(InferenceStatus status, string error) => Count(InferenceResult.NotServed(status, error));

    private InferenceResult Count(InferenceResult result)
    {
        _metrics?.RequestEnded(_tags, OutcomeLabel(result.Status));
        return result;
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

    private long ToTimestamp(TimeSpan time) => (long)Math.Min(time.TotalSeconds * _time.TimestampFrequency, long.MaxValue / 4);

    private int LevelOf(int priority) => priority <= 0 ? _settings.EffectiveDefaultPriority : Math.Min(priority, _settings.PriorityLevels);

    // ---- Under the lock ----

    private RunSlot? TryTakeForCaller(Tensor[] inputs, int rows, long now, long deadline)
    {
        if (_unanswered > 0)
        {
            _contendedUntil = now + ToTimestamp(ContentionMemory);
        }

        if (
            _closing
            || !_settings.RunsOnCallersThread
            || _waiting.Count > 0
            || !_cost.IsKnown
            || _cost.Estimate(rows) > CallersThreadSeconds
            || (_joins && (_settings.Batching.MaxDelay > TimeSpan.Zero || (now < _contendedUntil && _cost.FixedSeconds > JoiningSeconds)))
            || IsLarge(inputs)
            || TakeFree() is not { } slot
        )
        {
            return null;
        }

        slot.OwnDeadline = deadline;
        Admit();
        ArmDeadline(deadline, now);
        return slot;
    }

    private static bool IsLarge(Tensor[] inputs)
    {
        long bytes = 0;
        foreach (var input in inputs)
        {
            bytes += input.Type == ElementType.Bytes ? input.ElementCount * 64L : (long)input.ElementCount * input.Type.SizeBytes();
        }

        return bytes > CallersThreadBytes;
    }

    private InferenceResult? FindRefusal(int level)
    {
        if (_closing)
        {
            return InferenceResult.NotServed(InferenceStatus.Unloading, "the model is being unloaded");
        }

        var capacity = _settings.PolicyOf(level).MaxQueueSize;
        var isFull = _waiting.CountAt(level) >= capacity;
        if (isFull || (_settings.MaxConcurrentRequests > 0 && _unanswered >= _settings.MaxConcurrentRequests))
        {
            var refused = InferenceResult.NotServed(
                InferenceStatus.QueueFull,
                isFull
                    ? $"the queue of {capacity} requests is full"
                    : $"{_settings.MaxConcurrentRequests} requests are under way, and no more are taken at the same time"
            );
            refused.RetryAfter = DrainTime();
            return refused;
        }

        return null;
    }

    // How long what waits now will take, by what runs have taken.
    private TimeSpan DrainTime()
    {
        var size = _settings.Batching.MaxBatchSize;
        var seconds = _joins
            ? Math.Ceiling((double)_waiting.Rows / size) * _cost.Estimate(size)
            : _waiting.Count * _cost.Estimate(Math.Max(1, _waiting.Rows / Math.Max(1, _waiting.Count)));
        return TimeSpan.FromSeconds(seconds / _settings.EffectiveConcurrentRuns);
    }

    private PendingInference Enqueue(Tensor[] inputs, int rows, int level, TimeSpan? queueTimeout, long now, long limit, long deadline)
    {
        var policy = _settings.PolicyOf(level);
        var request = new PendingInference(inputs, rows, level, now)
        {
            TimeLimit = limit,
            Deadline = deadline,
            QueueDeadline = policy.TimeoutOf(queueTimeout) is { } timeout ? now + ToTimestamp(timeout) : long.MaxValue,
            WaitsOn = policy.TimeoutAction == QueueTimeoutAction.Delay,
        };
        _waiting.Add(request, _joins);
        _metrics?.RequestQueued(_tags, 1);
        Admit();
        ArmDeadline(Math.Min(request.Deadline, request.QueueDeadline), now);
        Dispatch(now);
        return request;
    }

    private void Admit()
    {
        _unanswered++;
        _peak = Math.Max(_peak, _unanswered);
    }

    private RunSlot? TakeFree()
    {
        if (!_free.TryPop(out var slot))
        {
            if (_slots.Count >= _settings.EffectiveConcurrentRuns)
            {
                return null;
            }

            slot = new RunSlot(this, _runner.OpenRun());
            _slots.Add(slot);
        }

        slot.IsBusy = true;
        return slot;
    }

    private void GiveBack(RunSlot slot, long now)
    {
        slot.Clear();
        _free.Push(slot);
        _freeSince = now;
        Dispatch(now);
        DrainIfIdle();
    }

    private void DrainIfIdle()
    {
        if (_closing && _waiting.Count == 0 && _free.Count == _slots.Count)
        {
            _drained.TrySetResult();
        }
    }

    // Starts a run where one is free and due. One at a time is given to a thread: it takes what waits when it starts, which may be more than now.
    private void Dispatch(long now)
    {
        if (_isPosted || _waiting.Count == 0 || (_free.Count == 0 && _slots.Count >= _settings.EffectiveConcurrentRuns))
        {
            return;
        }

        var rule = RuleOf();
        if (_waiting.FindDue(now, rule, out var nextDue) is not { } lane)
        {
            ArmDelay(nextDue, now);
            return;
        }

        var slot = TakeFree()!;
        _isPosted = true;
        _peak = Math.Max(_unanswered, _peak - (_peak / 16) - 1);
        if (!_cost.IsKnown || _cost.Estimate(Math.Min(lane.Rows, rule.FullRows)) > CallersThreadSeconds)
        {
            RunThreads.Queue(slot);
        }
        else
        {
            // Behind what the pool has to do already: requests that have arrived are read first, and join.
            ThreadPool.UnsafeQueueUserWorkItem(slot, preferLocal: false);
        }
    }

    private DelayRule RuleOf()
    {
        var batching = _settings.Batching;
        var hopedFor = Math.Clamp(_peak - (_unanswered - _waiting.Count), 1, batching.MaxBatchSize);
        // A batch that is one short of company costs the fixed part once more: half of it may pass without an arrival, and a whole run in all.
        var gap = batching.AdaptsDelay && _joins && _peak > 1 && !_closing ? _cost.FixedSeconds / 2 : 0;
        var pays = gap >= LeastDelaySeconds;
        return new DelayRule
        {
            MaxDelay = _closing ? 0 : ToTimestamp(batching.MaxDelay),
            AdaptiveDelay = pays ? (long)(_cost.Estimate(hopedFor) * _time.TimestampFrequency) : 0,
            Gap = pays ? (long)(gap * _time.TimestampFrequency) : 0,
            HopedForRows = hopedFor,
            FreeSince = _freeSince,
            FullRows = batching.MaxBatchSize,
            PreferredSizes = batching.PreferredSizes,
        };
    }

    private void ArmDelay(long due, long now)
    {
        if (due < _delayArmedFor)
        {
            _delayArmedFor = due;
            _delayTimer.Change(_time.GetElapsedTime(now, due), Timeout.InfiniteTimeSpan);
        }
    }

    private void ArmDeadline(long deadline, long now)
    {
        if (deadline < _deadlineArmedFor)
        {
            _deadlineArmedFor = deadline;
            // A timer's milliseconds are rounded down, and one that fires early would find nothing.
            var rest = TimeSpan.FromMilliseconds(Math.Ceiling(_time.GetElapsedTime(now, deadline).TotalMilliseconds));
            _deadlineTimer.Change(rest < TimeSpan.FromDays(40) ? rest : TimeSpan.FromDays(40), Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Takes a request out of wherever it is; false when it has ended before.</summary>
    private bool TryLeave(PendingInference request)
    {
        if (!TryEnd(request))
        {
            return false;
        }

        if (request.Lane is not null)
        {
            _waiting.Remove(request);
            _metrics?.RequestQueued(_tags, -1);
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
        _unanswered--;
        if (request.Slot is { } slot)
        {
            slot.Waiting--;
        }

        return true;
    }

    // ---- Timers ----

    private void OnDelayOver()
    {
        lock (_gate)
        {
            _delayArmedFor = long.MaxValue;
            Dispatch(_time.GetTimestamp());
        }
    }

    private void OnDeadline()
    {
        List<PendingInference> late = [];
        lock (_gate)
        {
            _deadlineArmedFor = long.MaxValue;
            var now = _time.GetTimestamp();
            var next = long.MaxValue;
            foreach (var request in _waiting.All.ToArray())
            {
                if (request.QueueDeadline <= now && request.WaitsOn)
                {
                    request.QueueDeadline = long.MaxValue;
                    _waiting.PutBehind(request);
                }

                var deadline = Math.Min(request.Deadline, request.QueueDeadline);
                Sort(request, deadline, now, late, ref next);
            }

            foreach (var slot in _slots)
            {
                foreach (var member in slot.Members)
                {
                    if (!member.HasEnded)
                    {
                        Sort(member, member.Deadline, now, late, ref next);
                    }
                }

                if (slot.OwnDeadline <= now)
                {
                    slot.StopOwn(InferenceStatus.DeadlineExceeded);
                }
                else
                {
                    next = Math.Min(next, slot.OwnDeadline);
                }
            }

            if (next < long.MaxValue)
            {
                ArmDeadline(next, now);
            }
        }

        foreach (var request in late)
        {
            Answer(request, Refuse(InferenceStatus.DeadlineExceeded, TimeLimitPassed));
        }
    }

    private void Sort(PendingInference request, long deadline, long now, List<PendingInference> late, ref long next)
    {
        if (deadline > now)
        {
            next = Math.Min(next, deadline);
        }
        else if (TryLeave(request))
        {
            late.Add(request);
        }
    }

    // ---- Runs ----

    private InferenceResult RunHere(RunSlot slot, Tensor[] inputs, int rows, CancellationToken cancellationToken)
    {
        InferenceResult? result = null;
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
            EngineLog.RunFailed(_logger, e, _labels.Model, _labels.Version);
            result = InferenceResult.NotServed(InferenceStatus.Failed, FailedOnInput);
        }

        var duration = Stopwatch.GetElapsedTime(started);
        InferenceStatus ended;
        lock (_gate)
        {
            ended = slot.OwnEnd;
            _cost.Add(rows, duration);
            _unanswered--;
            GiveBack(slot, ended == InferenceStatus.Ok && _waiting.Count == 0 ? 0 : _time.GetTimestamp());
        }

        if (ended != InferenceStatus.Ok && result.Status == InferenceStatus.Cancelled)
        {
            result.Dispose();
            return InferenceResult.NotServed(ended, ended == InferenceStatus.Cancelled ? WasCancelled : TimeLimitPassed);
        }

        result.BatchRows = Math.Max(1, rows);
        // It has not been in the queue, and is no part of the queue's durations.
        _metrics?.BatchRan(_tags, result.BatchRows, result.ComputeDuration);
        return result;
    }

    internal void CancelOwn(RunSlot slot)
    {
        lock (_gate)
        {
            slot.StopOwn(InferenceStatus.Cancelled);
        }
    }

    private void RunMembers(RunSlot slot)
    {
        var members = slot.Members;
        if (members.Count == 1)
        {
            RunAlone(slot, members[0]);
            return;
        }

        var started = _time.GetTimestamp();
        var rows = 0;
        foreach (var member in members)
        {
            rows += member.Rows;
        }

        using (var result = RunJoined(slot, rows))
        {
            if (result.Status == InferenceStatus.Ok && RowJoiner.CanSplit(result, rows))
            {
                _metrics?.BatchRan(_tags, rows, result.ComputeDuration);
                var row = 0;
                foreach (var member in members)
                {
                    End(member, RowJoiner.Slice(result, row, member.Rows), started, result.ComputeDuration, rows);
                    row += member.Rows;
                }

                return;
            }

            if (result.Status == InferenceStatus.Ok)
            {
                StopJoining();
            }
        }

        // One member's values may have failed the graph: each runs alone, so that only the one at fault hears of it.
        foreach (var member in members)
        {
            if (!member.HasEnded)
            {
                RunAlone(slot, member);
            }
        }
    }

    private InferenceResult RunJoined(RunSlot slot, int rows)
    {
        var started = Stopwatch.GetTimestamp();
        var joined = RowJoiner.Join(slot.Members, rows);
        try
        {
            return slot.Run.Run(joined);
        }
        finally
        {
            foreach (var tensor in joined)
            {
                tensor.Dispose();
            }

            Learn(rows, started);
        }
    }

    private void RunAlone(RunSlot slot, PendingInference member)
    {
        var started = _time.GetTimestamp();
        var clock = Stopwatch.GetTimestamp();
        var result = slot.Run.Run(member.Inputs);
        Learn(Math.Max(1, member.Rows), clock);
        var rows = Math.Max(1, member.Rows);
        _metrics?.BatchRan(_tags, rows, result.ComputeDuration);
        End(member, result, started, result.ComputeDuration, rows);
    }

    private void Learn(int rows, long started)
    {
        var duration = Stopwatch.GetElapsedTime(started);
        lock (_gate)
        {
            _cost.Add(rows, duration);
        }
    }

    private void StopJoining()
    {
        lock (_gate)
        {
            _joins = false;
        }

        EngineLog.JoiningTurnedOff(_logger, _labels.Model, _labels.Version, "an output does not have one row for each row of the inputs");
    }

    private void End(PendingInference member, InferenceResult result, long started, TimeSpan computeDuration, long batchRows)
    {
        result.QueueDuration = _time.GetElapsedTime(member.QueuedAt, started);
        result.ComputeDuration = computeDuration;
        result.BatchRows = batchRows;
        _metrics?.RequestDequeued(_tags, result.QueueDuration);
        End(member, result);
    }

    private void End(PendingInference member, InferenceResult result)
    {
        bool isFirst;
        lock (_gate)
        {
            isFirst = TryEnd(member);
        }

        if (isFirst)
        {
            Answer(member, Count(result));
        }
        else
        {
            result.Dispose();
        }
    }

    private static void Answer(PendingInference request, InferenceResult result) => request.Complete(result);
}
