using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Settings;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Batching;

/// <summary>
/// The waiting requests and the runs of one model, and which request gets which run when: on its caller's thread where that is cheapest, else in a batch when one is
/// due. The batcher's lock guards all of it.
/// </summary>
internal sealed class RunSchedule
{
    // A run that takes longer, or carries more, goes to a thread of its own: the caller's thread reads other requests meanwhile.
    private const double CallersThreadSeconds = 0.001;
    private const int CallersThreadBytes = 256 * 1024;

    // Joining copies, wakes and splits: a run whose fixed part is cheaper than that gains nothing from company.
    private const double JoiningSeconds = 10e-6;

    // A run that waits and takes longer gets a thread of its own, which goes on with what waits then: on the pool's threads the others' answers would wait behind it.
    private const double PoolsThreadSeconds = 0.0002;

    // The thread that waits for the delays of all models must be back for the next one.
    private const double TimersThreadSeconds = 50e-6;

    // Less than that is over before a timer could say so.
    private const double LeastDelaySeconds = 50e-6;
    private static readonly TimeSpan ContentionMemory = TimeSpan.FromMilliseconds(2);

    private readonly ModelBatcher _owner;
    private readonly IModelRunner _runner;
    private readonly ModelSettings _settings;
    private readonly TimeProvider _time;
    private readonly EarliestTimer _delay;
    private readonly List<RunSlot> _slots = [];
    private readonly Stack<RunSlot> _free = new();
    private bool _joins;
    private bool _isPosted; // a slot was given to a thread and has not taken its requests yet
    private int _peak; // unanswered requests at their most, forgotten slowly
    private long _contendedUntil = long.MinValue;
    private long _freeSince;

    public RunSchedule(ModelBatcher owner, IModelRunner runner, ModelSettings settings, bool joins, TimeProvider time, EarliestTimer delay)
    {
        (_owner, _runner, _settings, _time, _delay, _joins) = (owner, runner, settings, time, delay, joins);
        Waiting = new WaitingRequests(settings.PriorityLevels);
    }

    public WaitingRequests Waiting { get; }

    public BatchCost Cost { get; } = new();

    /// <summary>All runs opened so far.</summary>
    public IReadOnlyList<RunSlot> Slots => _slots;

    /// <summary>Requests that wait or run.</summary>
    public int Unanswered { get; private set; }

    /// <summary>Whether nothing more is accepted. What waits is due at once then.</summary>
    public bool IsClosing { get; private set; }

    /// <summary>Whether requests are joined; also read without the lock.</summary>
    public bool Joins => Volatile.Read(ref _joins);

    public bool IsIdle => Waiting.Count == 0 && _free.Count == _slots.Count;

    public void Close(long now)
    {
        IsClosing = true;
        Dispatch(now);
    }

    public void StopJoining() => Volatile.Write(ref _joins, false);

    /// <summary>A run that the caller may use at once on its own thread; null when the request has to be queued.</summary>
    public RunSlot? TryTakeForCaller(Tensor[] inputs, int rows, long now, long deadline)
    {
        if (Unanswered > 0)
        {
            _contendedUntil = now + Timestamps.Of(_time, ContentionMemory);
        }

        if (
            IsClosing
            || !_settings.RunsOnCallersThread
            || Waiting.Count > 0
            || !Cost.IsKnown
            || Cost.Estimate(rows) > CallersThreadSeconds
            || (_joins && (_settings.Batching.MaxDelay > TimeSpan.Zero || (now < _contendedUntil && Cost.FixedSeconds > JoiningSeconds)))
            || IsLarge(inputs)
            || TakeFree() is not { } slot
        )
        {
            return null;
        }

        slot.OwnDeadline = deadline;
        Admit();
        return slot;
    }

    /// <summary>Why a request of a level is not accepted; null when it is.</summary>
    public InferenceResult? FindRefusal(int level)
    {
        if (IsClosing)
        {
            return InferenceResult.NotServed(InferenceStatus.Unloading, "the model is being unloaded");
        }

        var capacity = _settings.PolicyOf(level).MaxQueueSize;
        var isFull = Waiting.CountAt(level) >= capacity;
        if (isFull || (_settings.MaxConcurrentRequests > 0 && Unanswered >= _settings.MaxConcurrentRequests))
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

    public void Add(PendingInference request, long now)
    {
        Waiting.Add(request, _joins);
        Admit();
        Dispatch(now);
    }

    /// <summary>A request has ended.</summary>
    public void Answered() => Unanswered--;

    /// <summary>On the thread of the run: takes the requests that are due now; false, and the run is free again, when there are none any more.</summary>
    public bool TryFill(RunSlot slot, long now)
    {
        if (slot.IsPosted)
        {
            slot.IsPosted = _isPosted = false;
        }

        var rule = RuleOf();
        if (Waiting.FindDue(now, rule, out _) is not { } lane)
        {
            GiveBack(slot, now);
            return false;
        }

        Waiting.Take(lane, rule, slot.Members);
        slot.Waiting = slot.Members.Count;
        foreach (var member in slot.Members)
        {
            member.Slot = slot;
        }

        Dispatch(now);
        return true;
    }

    /// <summary>After a run on a thread of its own: whether the thread may take what waits with the same slot. Otherwise the run is free.</summary>
    public bool GoesOn(RunSlot slot, long now)
    {
        if (!slot.HasOwnThread || Waiting.Count == 0)
        {
            GiveBack(slot, now);
            return false;
        }

        slot.Clear();
        slot.IsBusy = true;
        slot.HasOwnThread = true;
        ForgetPeak();
        _freeSince = now;
        return true;
    }

    public void GiveBack(RunSlot slot, long now)
    {
        slot.Clear();
        _free.Push(slot);
        _freeSince = now;
        Dispatch(now);
    }

    /// <summary>Starts a run where one is free and due. One at a time is given to a thread: it takes what waits when it starts, which may be more than now.</summary>
    public void Dispatch(long now)
    {
        if (FindRun(now, out var seconds) is { } slot)
        {
            Start(slot, seconds);
        }
    }

    /// <summary>
    /// When a delay is over: as <see cref="Dispatch"/>, but a run that is over before a thread of the pool would have begun it is given back, to take place on the thread that
    /// waited for the delay.
    /// </summary>
    public RunSlot? DispatchOrTake(long now)
    {
        if (FindRun(now, out var seconds) is not { } slot)
        {
            return null;
        }

        if (seconds <= TimersThreadSeconds && _settings.RunsOnCallersThread)
        {
            return slot;
        }

        Start(slot, seconds);
        return null;
    }

    public void DisposeRuns()
    {
        foreach (var slot in _slots)
        {
            slot.Run.Dispose();
        }

        _slots.Clear();
    }

    private RunSlot? FindRun(long now, out double seconds)
    {
        seconds = 0;
        if (_isPosted || Waiting.Count == 0 || (_free.Count == 0 && _slots.Count >= _settings.EffectiveConcurrentRuns))
        {
            return null;
        }

        var rule = RuleOf();
        if (Waiting.FindDue(now, rule, out var nextDue) is not { } lane)
        {
            _delay.Arm(nextDue, now);
            return null;
        }

        ForgetPeak();
        seconds = Cost.IsKnown ? Cost.Estimate(Math.Min(lane.Rows, rule.FullRows)) : double.MaxValue;
        var slot = TakeFree()!;
        slot.IsPosted = _isPosted = true;
        return slot;
    }

    private static void Start(RunSlot slot, double seconds)
    {
        if (seconds > PoolsThreadSeconds)
        {
            slot.HasOwnThread = true;
            RunThreads.Queue(slot);
        }
        else
        {
            // Behind what the pool has to do already: requests that have arrived are read first, and join.
            ThreadPool.UnsafeQueueUserWorkItem(slot, preferLocal: false);
        }
    }

    private void ForgetPeak() => _peak = Math.Max(Unanswered, _peak - (_peak / 16) - 1);

    private static bool IsLarge(Tensor[] inputs)
    {
        long bytes = 0;
        foreach (var input in inputs)
        {
            bytes += input.Type == ElementType.Bytes ? input.ElementCount * 64L : (long)input.ElementCount * input.Type.SizeBytes();
        }

        return bytes > CallersThreadBytes;
    }

    private void Admit()
    {
        Unanswered++;
        _peak = Math.Max(_peak, Unanswered);
    }

    private RunSlot? TakeFree()
    {
        if (!_free.TryPop(out var slot))
        {
            if (_slots.Count >= _settings.EffectiveConcurrentRuns)
            {
                return null;
            }

            slot = new RunSlot(_owner, _runner.OpenRun());
            _slots.Add(slot);
        }

        slot.IsBusy = true;
        return slot;
    }

    // How long what waits now will take, by what runs have taken.
    private TimeSpan DrainTime()
    {
        var size = _settings.Batching.MaxBatchSize;
        var seconds = _joins
            ? Math.Ceiling((double)Waiting.Rows / size) * Cost.Estimate(size)
            : Waiting.Count * Cost.Estimate(Math.Max(1, Waiting.Rows / Math.Max(1, Waiting.Count)));
        return TimeSpan.FromSeconds(seconds / _settings.EffectiveConcurrentRuns);
    }

    private DelayRule RuleOf()
    {
        var batching = _settings.Batching;
        var hopedFor = Math.Clamp(_peak - (Unanswered - Waiting.Count), 1, batching.MaxBatchSize);
        // A batch that is one short of company costs the fixed part once more: half of it may pass without an arrival, and a whole run in all.
        var gap = batching.AdaptsDelay && _joins && _peak > 1 && !IsClosing ? Cost.FixedSeconds / 2 : 0;
        var pays = gap >= LeastDelaySeconds;
        return new DelayRule
        {
            MaxDelay = IsClosing ? 0 : Timestamps.Of(_time, batching.MaxDelay),
            AdaptiveDelay = pays ? (long)(Cost.Estimate(hopedFor) * _time.TimestampFrequency) : 0,
            Gap = pays ? (long)(gap * _time.TimestampFrequency) : 0,
            HopedForRows = hopedFor,
            FreeSince = _freeSince,
            FullRows = batching.MaxBatchSize,
            PreferredSizes = batching.PreferredSizes,
        };
    }
}
