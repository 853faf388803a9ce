namespace Slipway.Inference.Engine.Models;

/// <summary>How a request ended.</summary>
public enum InferenceStatus
{
    /// <summary>Outputs are there.</summary>
    Ok,

    /// <summary>The caller's tensors do not fit the model: names, types, shapes, or values that the graph refuses.</summary>
    InvalidInput,

    /// <summary>The model's queue is full: the caller may try again later.</summary>
    QueueFull,

    /// <summary>The request's own time limit passed first.</summary>
    DeadlineExceeded,

    /// <summary>The caller gave up.</summary>
    Cancelled,

    /// <summary>The graph failed while running.</summary>
    Failed,

    /// <summary>The model is being unloaded; a newer snapshot serves in its place.</summary>
    Unloading,

    /// <summary>The model cannot be had now: there is no memory for it, or it could not be opened.</summary>
    Unavailable,
}
