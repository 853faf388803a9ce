using Slipway.Contracts.Monitoring;
using Slipway.Contracts.Vetting;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Comparisons;

/// <summary>All that is known of one of two versions to compare.</summary>
internal sealed record VersionSide
{
    public required ModelVersionRow Row { get; init; }
    public VettingReport? Report { get; init; }
    public IReadOnlyDictionary<string, string> Params { get; init; } = new Dictionary<string, string>();
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();
    public BaselineProfile? Baseline { get; init; }
}
