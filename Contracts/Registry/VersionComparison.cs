using Slipway.Contracts.Vetting;

namespace Slipway.Contracts.Registry;

/// <summary>
/// <c>GET /api/v1/models/{name}/compare/{left}/{right}</c>: two versions side by side. Lists name everything that either has, and say what differs.
/// </summary>
public sealed record VersionComparison
{
    /// <summary>The one.</summary>
    public required ComparedVersion Left { get; init; }

    /// <summary>The other.</summary>
    public required ComparedVersion Right { get; init; }

    /// <summary>Params of the runs.</summary>
    public required IReadOnlyList<ComparedText> Params { get; init; }

    /// <summary>Last values of the runs' metrics.</summary>
    public required IReadOnlyList<ComparedNumber> Metrics { get; init; }

    /// <summary>Tags of the versions.</summary>
    public required IReadOnlyList<ComparedText> Tags { get; init; }

    /// <summary>Inputs and outputs that differ, in words; empty where the signatures are the same.</summary>
    public required IReadOnlyList<string> Signature { get; init; }

    /// <summary>Whether callers of the left can call the right.</summary>
    public required bool CallersOfLeftCanCallRight { get; init; }

    /// <summary>Parameters, size, latency, memory, operator sets and operators of the graphs.</summary>
    public required IReadOnlyList<ComparedNumber> Graph { get; init; }

    /// <summary>The baselines' columns: how far their distributions are apart.</summary>
    public required IReadOnlyList<ComparedColumn> Baseline { get; init; }
}

/// <summary>One of the two.</summary>
public sealed record ComparedVersion(string Model, int Version, string? RunId, string VettingStatus, DateTimeOffset CreatedAt);

/// <summary>A text that each may have.</summary>
public sealed record ComparedText(string Name, string? Left, string? Right, bool Differs);

/// <summary>A number that each may have.</summary>
public sealed record ComparedNumber(string Name, double? Left, double? Right, bool Differs);

/// <summary>A column of the baselines. The population stability index is over the left's bins (below 0.1 is alike, above 0.25 is far apart).</summary>
public sealed record ComparedColumn(
    string Name,
    double? LeftMean,
    double? RightMean,
    double? LeftDeviation,
    double? RightDeviation,
    double? Psi
);
