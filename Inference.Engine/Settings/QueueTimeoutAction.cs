namespace Slipway.Inference.Engine.Settings;

/// <summary>What happens to a request whose time in the queue is over.</summary>
public enum QueueTimeoutAction
{
    /// <summary>It is answered <see cref="Models.InferenceStatus.DeadlineExceeded"/>.</summary>
    Reject,

    /// <summary>It goes on waiting, behind all that are in time.</summary>
    Delay,
}
