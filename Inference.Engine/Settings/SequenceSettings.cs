namespace Slipway.Inference.Engine.Settings;

/// <summary>A model whose requests come in sequences, with state that is carried from one request to the next.</summary>
public sealed record SequenceSettings
{
    /// <summary>The pairs of output and input that carry the state. Callers neither give nor get them.</summary>
    public required IReadOnlyList<StatePair> States { get; init; }

    /// <summary>Inputs that say where in its sequence a request is.</summary>
    public IReadOnlyList<SequenceControl> Controls { get; init; } = [];

    /// <summary>A sequence without a request for this long is forgotten.</summary>
    public TimeSpan IdleLimit { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Sequences that are kept, from 1. One more is answered <see cref="Models.InferenceStatus.QueueFull"/>.</summary>
    public int MaxSequences { get; init; } = 1024;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxSequences, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(IdleLimit, TimeSpan.Zero);
        if (States.Count == 0 && Controls.Count == 0)
        {
            throw new ArgumentException(
                "A sequence model names at least one pair of state input and output, or one control input.",
                nameof(States)
            );
        }

        if (Controls.GroupBy(control => control.Kind).Any(kind => kind.Count() > 1))
        {
            throw new ArgumentException("A sequence model has at most one control input of a kind.", nameof(Controls));
        }
    }
}
