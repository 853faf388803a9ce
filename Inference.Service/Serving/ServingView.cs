using System.Collections.Frozen;
using Slipway.Contracts.Serving;

namespace Slipway.Inference.Service.Serving;

/// <summary>What is known about serving at one moment, for everyone but the request path's first choice: immutable, replaced whole.</summary>
internal sealed class ServingView
{
    private readonly FrozenDictionary<string, ServedEndpoint> _desiredEndpoints;
    private readonly FrozenDictionary<string, VersionStatus[]> _byModel;

    public ServingView(
        long loadedRevision,
        bool isReady,
        ServingState? desired,
        EffectiveServing effective,
        IReadOnlyList<VersionStatus> versions
    )
    {
        LoadedRevision = loadedRevision;
        IsReady = isReady;
        IsKnown = desired is not null;
        Effective = effective;
        Versions = versions;
        DesiredEndpoints = desired?.Endpoints ?? [];
        _desiredEndpoints = DesiredEndpoints.ToFrozenDictionary(endpoint => endpoint.Name, StringComparer.Ordinal);
        _byModel = versions
            .GroupBy(version => version.Id.Model, StringComparer.Ordinal)
            .ToFrozenDictionary(
                group => group.Key,
                group => group.OrderBy(version => version.Id.Version).ToArray(),
                StringComparer.Ordinal
            );
    }

    /// <summary>The last revision of which everything was loaded.</summary>
    public long LoadedRevision { get; }

    /// <summary>Whether a desired state is known and loaded as far as its bytes allow.</summary>
    public bool IsReady { get; }

    /// <summary>Whether any desired state is known.</summary>
    public bool IsKnown { get; }

    /// <summary>What is served.</summary>
    public EffectiveServing Effective { get; }

    /// <summary>Every version that is wanted or loaded.</summary>
    public IReadOnlyList<VersionStatus> Versions { get; }

    /// <summary>Endpoints as the registry wants them.</summary>
    public IReadOnlyList<ServedEndpoint> DesiredEndpoints { get; }

    /// <summary>Whether calls of this name are written to the prediction log; those of a model by its own name are.</summary>
    public bool IsLogged(string name) => !_desiredEndpoints.TryGetValue(name, out var endpoint) || endpoint.LogPredictions;

    /// <summary>The endpoint as the registry wants it, or null.</summary>
    public ServedEndpoint? FindEndpoint(string name) => _desiredEndpoints.GetValueOrDefault(name);

    /// <summary>The versions of a model, lowest first; empty for an unknown one.</summary>
    public IReadOnlyList<VersionStatus> VersionsOf(string model) => _byModel.GetValueOrDefault(model) ?? [];

    /// <summary>The versions behind a name: those that an endpoint routes to, or those of a model.</summary>
    public IReadOnlyList<VersionStatus> VersionsBehind(string name)
    {
        if (FindEndpoint(name) is not { } endpoint)
        {
            return VersionsOf(name);
        }
        var served = Effective.Endpoints.GetValueOrDefault(name) ?? [];
        return
        [
            .. Versions.Where(version =>
                served.Any(route => route.Version == version.Id)
                || endpoint.Routes.Any(route => route.Model == version.Id.Model && route.Version == version.Id.Version)
            ),
        ];
    }
}
