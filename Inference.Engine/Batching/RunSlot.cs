using Slipway.Inference.Engine.Models;

namespace Slipway.Inference.Engine.Batching;

/// <summary>
/// One of the runs of a model that may be under way at the same time: the requests in it, or a caller's thread that runs its own. When nobody waits for it any more, it
/// is stopped. All but <see cref="IModelRun.Run"/> happens under the batcher's lock.
/// </summary>
internal sealed class RunSlot(ModelBatcher owner, IModelRun run) : IThreadPoolWorkItem
{
    private bool _stopped;

    public IModelRun Run => run;

    /// <summary>The requests of the run.</summary>
    public List<PendingInference> Members { get; } = [];

    /// <summary>Members that still wait for an answer.</summary>
    public int Waiting { get; set; }

    public bool IsBusy { get; set; }

    /// <summary>Whether it was given to a thread and has not taken its requests yet.</summary>
    public bool IsPosted { get; set; }

    /// <summary>Whether that thread is there for runs alone.</summary>
    public bool HasOwnThread { get; set; }

    /// <summary>When the caller that runs on its own thread must have its answer.</summary>
    public long OwnDeadline { get; set; } = long.MaxValue;

    /// <summary>Why the run of a caller on its own thread was stopped.</summary>
    public InferenceStatus OwnEnd { get; private set; }

    public void Stop()
    {
        _stopped = true;
        run.Stop();
    }

    public void StopOwn(InferenceStatus reason)
    {
        if (OwnEnd == InferenceStatus.Ok)
        {
            OwnEnd = reason;
            Stop();
        }
    }

    /// <summary>Makes the slot ready for the next run.</summary>
    public void Clear()
    {
        if (_stopped)
        {
            run.Reset();
            _stopped = false;
        }

        Members.Clear();
        Waiting = 0;
        IsBusy = false;
        HasOwnThread = false;
        OwnDeadline = long.MaxValue;
        OwnEnd = InferenceStatus.Ok;
    }

    public void CancelOwn() => owner.CancelOwn(this);

    void IThreadPoolWorkItem.Execute() => owner.RunQueued(this);
}
