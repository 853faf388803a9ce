using System.Diagnostics.CodeAnalysis;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A question that the cluster asks a running program.</summary>
[Experimental("ASPIREPROBES001")]
public abstract class ProbeAnnotation : IResourceAnnotation
{
    /// <summary>What the cluster does with the answer.</summary>
    public required ProbeType Type { get; init; }

    /// <summary>Seconds from the start to the first question.</summary>
    public int InitialDelaySeconds { get; init; } = 5;

    /// <summary>Seconds between two questions.</summary>
    public int PeriodSeconds { get; init; } = 5;

    /// <summary>Seconds after which no answer counts as a failure.</summary>
    public int TimeoutSeconds { get; init; } = 1;

    /// <summary>Failures in a row after which the cluster acts.</summary>
    public int FailureThreshold { get; init; } = 3;

    /// <summary>Successes in a row after which the probe counts as passed.</summary>
    public int SuccessThreshold { get; init; } = 1;
}
