using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Batching;

/// <summary>
/// One caller's request while it waits and runs. It ends exactly once: with its result, or because its time limit passed or its caller gave up, whichever is first.
/// </summary>
internal sealed class PendingInference
{
    private readonly TaskCompletionSource<InferenceResult> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private CancellationTokenRegistration _callerRegistration;
    private ITimer? _deadlineTimer;
    private RunningBatch? _batch;
    private bool _ended;

    /// <summary>Shares the inputs: the caller may dispose its own as soon as it likes, a run under way keeps the memory.</summary>
    public PendingInference(Tensor[] inputs, long queuedAt)
    {
        Inputs = new Tensor[inputs.Length];
        for (var i = 0; i < inputs.Length; i++)
        {
            Inputs[i] = inputs[i].Share();
        }

        QueuedAt = queuedAt;
        Rows = CountRows(Inputs);
    }

    public Tensor[] Inputs { get; }

    public long QueuedAt { get; }

    /// <summary>Rows along the first dimension; 0 when the inputs disagree about it, or have none, so that they cannot be joined.</summary>
    public int Rows { get; }

    /// <summary>The caller's own limit, or the largest span when it has none.</summary>
    public TimeSpan TimeLimit { get; private set; } = TimeSpan.MaxValue;

    public Task<InferenceResult> Completion => _completion.Task;

    public bool HasEnded => _completion.Task.IsCompleted;

    /// <summary>Arms the two ways in which a request ends by itself. Called once, before the request is queued.</summary>
    public void Watch(TimeSpan? timeLimit, TimeProvider time, CancellationToken cancellationToken)
    {
        if (timeLimit is { } limit)
        {
            TimeLimit = limit;
            _deadlineTimer = time.CreateTimer(
                static state => ((PendingInference)state!).GiveUp(InferenceStatus.DeadlineExceeded),
                this,
                limit,
                Timeout.InfiniteTimeSpan
            );
        }

        _callerRegistration = cancellationToken.UnsafeRegister(
            static state => ((PendingInference)state!).GiveUp(InferenceStatus.Cancelled),
            this
        );
        bool ended;
        lock (_gate)
        {
            ended = _ended;
        }

        // It may have ended before there was anything to unregister.
        if (ended)
        {
            Unwatch();
        }
    }

    /// <summary>Enters a batch that is about to run; false when the request has ended meanwhile.</summary>
    public bool TryEnter(RunningBatch running)
    {
        lock (_gate)
        {
            _batch = _ended ? null : running;
            return !_ended;
        }
    }

    /// <summary>Ends the request with a result; false when it had ended before, and then the result is disposed.</summary>
    public bool TryEnd(InferenceResult result)
    {
        lock (_gate)
        {
            if (_ended)
            {
                result.Dispose();
                return false;
            }

            _ended = true;
        }

        Unwatch();
        _completion.SetResult(result);
        return true;
    }

    public bool CanJoin(PendingInference other)
    {
        if (Rows == 0 || other.Rows == 0)
        {
            return false;
        }

        for (var i = 0; i < Inputs.Length; i++)
        {
            if (!Inputs[i].Shape.AsSpan(1).SequenceEqual(other.Inputs[i].Shape.AsSpan(1)))
            {
                return false;
            }
        }

        return true;
    }

    public void ReleaseInputs()
    {
        foreach (var input in Inputs)
        {
            input.Dispose();
        }
    }

    private static int CountRows(Tensor[] inputs)
    {
        if (inputs.Length == 0 || inputs[0].Shape.Length == 0)
        {
            return 0;
        }

        var rows = inputs[0].Shape[0];
        foreach (var input in inputs)
        {
            if (input.Shape.Length == 0 || input.Shape[0] != rows)
            {
                return 0;
            }
        }

        return (int)rows;
    }

    private void GiveUp(InferenceStatus status)
    {
        RunningBatch? running;
        lock (_gate)
        {
            if (_ended)
            {
                return;
            }

            _ended = true;
            running = _batch;
        }

        Unwatch();
        var reason = status == InferenceStatus.DeadlineExceeded ? "the request's time limit passed" : "the request was cancelled";
        _completion.SetResult(InferenceResult.NotServed(status, reason));
        running?.MemberLeft();
    }

    private void Unwatch()
    {
        _deadlineTimer?.Dispose();
        // Does not wait for a callback under way: this may be that callback.
        _callerRegistration.Unregister();
    }
}
