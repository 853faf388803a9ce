using Microsoft.Extensions.Options;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Models;

namespace Slipway.Registry.Api.Policies;

/// <summary>The environments in order. The last one is where a version has to be as good as the one before it, unless its policy says otherwise.</summary>
internal sealed class EnvironmentCatalog
{
    private static readonly EnvironmentPolicy[] s_usual =
    [
        new() { Name = Environments.Development, Stage = ModelStages.None },
        new() { Name = Environments.Testing, Stage = ModelStages.Staging },
        new() { Name = Environments.Production, Stage = ModelStages.Production },
    ];

    public EnvironmentCatalog(IOptions<EnvironmentOptions> options)
    {
        var listed = options.Value.Environments is { Count: > 0 } configured ? configured : [.. s_usual];
        All = [.. listed.Select((policy, i) => policy with { Gates = policy.Gates ?? UsualGates(isLast: i == listed.Count - 1) })];
        Names = [.. All.Select(policy => policy.Name)];
    }

    public IReadOnlyList<EnvironmentPolicy> All { get; }

    public IReadOnlyList<string> Names { get; }

    public EnvironmentPolicy? Find(string environment) => All.FirstOrDefault(policy => policy.Name == environment);

    /// <summary>The environment that an alias belongs to; null for an alias that is free.</summary>
    public EnvironmentPolicy? OfAlias(string alias) => All.FirstOrDefault(policy => policy.Name == alias || policy.Aliases.Contains(alias));

    private static IReadOnlyList<GatePolicy> UsualGates(bool isLast) =>
        [
            new GatePolicy { Gate = GateNames.SignatureCompatible },
            .. isLast ? [new GatePolicy { Gate = GateNames.MetricNotWorse }] : Array.Empty<GatePolicy>(),
        ];
}
