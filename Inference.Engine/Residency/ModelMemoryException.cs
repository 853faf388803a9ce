namespace Slipway.Inference.Engine.Residency;

/// <summary>There is no memory for a model. It is for good where the model is larger than all memory that models may have.</summary>
public sealed class ModelMemoryException(string message, bool isForGood) : Exception(message)
{
    /// <summary>Whether no other model's end would help.</summary>
    public bool IsForGood { get; } = isForGood;

    /// <summary>Whether models that are open now may make room without being unloaded: not all of them are pinned.</summary>
    internal bool WaitingHelps { get; init; }
}
