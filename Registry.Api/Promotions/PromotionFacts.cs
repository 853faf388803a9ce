using Slipway.Contracts.Registry;
using Slipway.Contracts.Vetting;

namespace Slipway.Registry.Api.Promotions;

/// <summary>All that the gates look at, read in one transaction (alerts aside, which are monitoring's).</summary>
internal sealed record PromotionFacts
{
    public required string Environment { get; init; }

    /// <summary>Null where the version was deleted since.</summary>
    public required VersionFacts? Candidate { get; init; }

    /// <summary>The version that holds the environment; null where none does.</summary>
    public VersionFacts? Incumbent { get; init; }

    /// <summary>The metric that was asked for; null for the first known one.</summary>
    public string? Metric { get; init; }

    /// <summary>Relative loss that is accepted.</summary>
    public double Tolerance { get; init; }

    /// <summary>Whether the version has held the environment that the policy wants it to come from.</summary>
    public bool HasHeldFrom { get; init; }

    /// <summary>The programs that have declared how they call the model.</summary>
    public IReadOnlyList<ConsumerDeclaration> Consumers { get; init; } = [];

    /// <summary>What monitoring says of the candidate; null where it was not asked.</summary>
    public OpenAlerts? Alerts { get; init; }
}

/// <summary>A version as the gates see it.</summary>
internal sealed record VersionFacts
{
    public required int Version { get; init; }
    public required string VettingStatus { get; init; }
    public VettingReport? Report { get; init; }

    /// <summary>The last values of its run's metrics.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();

    /// <summary>Tags of the version.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>The production version that the run compared itself with on its own data, as its tag says.</summary>
    public string? ComparedWith { get; init; }

    /// <summary>The run's results row by row, with those of <see cref="ComparedWith"/>; null where it has none.</summary>
    public EvaluationRows? Rows { get; init; }
}
