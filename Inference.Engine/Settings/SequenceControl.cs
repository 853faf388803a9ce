namespace Slipway.Inference.Engine.Settings;

/// <summary>What an input says about a request's place in its sequence.</summary>
public enum SequenceControlKind
{
    /// <summary>Whether the request is the first of its sequence.</summary>
    Start,

    /// <summary>Whether there is a request at all: always so here.</summary>
    Ready,

    /// <summary>Whether the request is the last of its sequence.</summary>
    End,

    /// <summary>The sequence's correlation id.</summary>
    CorrelationId,
}

/// <summary>
/// An input that the engine fills for each request of a sequence: with <paramref name="WhenFalse"/> or <paramref name="WhenTrue"/>, or with the correlation id. Callers do not give it.
/// </summary>
public sealed record SequenceControl(SequenceControlKind Kind, string Input, double WhenFalse = 0, double WhenTrue = 1);
