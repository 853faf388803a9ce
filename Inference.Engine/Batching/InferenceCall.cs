namespace Slipway.Inference.Engine.Batching;

/// <summary>What a caller says about a request beside its tensors.</summary>
public readonly record struct InferenceCall
{
    /// <summary>The whole time that the caller gives, from now; null for no limit.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>How long the request may wait in the queue, as far as the model's policy lets a request say so.</summary>
    public TimeSpan? QueueTimeout { get; init; }

    /// <summary>1 is the highest priority; 0 for the model's default.</summary>
    public int Priority { get; init; }

    /// <summary>The sequence that the request belongs to; null for none.</summary>
    public SequenceStep? Sequence { get; init; }

    /// <summary>A call with nothing but a time limit.</summary>
    public static InferenceCall Within(TimeSpan? timeLimit) => new() { TimeLimit = timeLimit };
}
