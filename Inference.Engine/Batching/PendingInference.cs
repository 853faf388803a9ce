using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Batching;

/// <summary>
/// One caller's request while it waits and runs. It ends exactly once: with its result, or because its time limit passed or its caller gave up, whichever is first.
/// All but <see cref="Complete"/> happens under the batcher's lock.
/// </summary>
internal sealed class PendingInference
{
    private readonly TaskCompletionSource<InferenceResult> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenRegistration _callerRegistration;

    /// <summary>Shares the inputs: the caller may dispose its own as soon as it likes, a run under way keeps the memory.</summary>
    public PendingInference(Tensor[] inputs, int rows, int level, long queuedAt)
    {
        Inputs = new Tensor[inputs.Length];
        for (var i = 0; i < inputs.Length; i++)
        {
            Inputs[i] = inputs[i].Share();
        }

        Rows = rows;
        Level = level;
        QueuedAt = queuedAt;
    }

    public Tensor[] Inputs { get; }

    /// <summary>Rows along the first dimension; 0 when the inputs disagree about it, or have none, so that they cannot be joined.</summary>
    public int Rows { get; }

    public int Level { get; set; }

    public long QueuedAt { get; }

    /// <summary>The caller's own limit in timestamps; the largest number when it has none.</summary>
    public long TimeLimit { get; init; } = long.MaxValue;

    /// <summary>When the caller's limit passes.</summary>
    public long Deadline { get; init; } = long.MaxValue;

    /// <summary>When the request has waited long enough.</summary>
    public long QueueDeadline { get; set; } = long.MaxValue;

    /// <summary>Whether it waits on, behind the others, once <see cref="QueueDeadline"/> has passed.</summary>
    public bool WaitsOn { get; init; }

    public RequestLane? Lane { get; set; }

    public LinkedListNode<PendingInference>? Node { get; set; }

    /// <summary>The run that it is part of.</summary>
    public RunSlot? Slot { get; set; }

    public bool HasEnded { get; set; }

    public Task<InferenceResult> Completion => _completion.Task;

    /// <summary>Ends the request when its caller gives up. Called once, without the lock, after the request was queued.</summary>
    public void Watch(ModelBatcher batcher, CancellationToken cancellationToken)
    {
        if (!cancellationToken.CanBeCanceled)
        {
            return;
        }

        _callerRegistration = cancellationToken.UnsafeRegister(
            static state =>
            {
                var (owner, request) = ((ModelBatcher, PendingInference))state!;
                owner.GiveUp(request);
            },
            (batcher, this)
        );
        // It may have ended before there was anything to unregister. Either this sees that it has, or Complete sees the registration: both write first and then read.
        Interlocked.MemoryBarrier();
        if (_completion.Task.IsCompleted)
        {
            _callerRegistration.Unregister();
        }
    }

    /// <summary>Gives the caller its answer, after the request was marked as ended.</summary>
    public void Complete(InferenceResult result)
    {
        // First, as Watch has it; an interlocked write in itself.
        _completion.SetResult(result);
        // Does not wait for a callback under way: this may be that callback.
        _callerRegistration.Unregister();
    }

    public bool HasShapeOf(PendingInference other)
    {
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

    public static int CountRows(Tensor[] inputs)
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
}
