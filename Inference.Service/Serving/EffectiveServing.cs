using Slipway.Contracts.Serving;
using Environments = Slipway.Contracts.Registry.Environments;

namespace Slipway.Inference.Service.Serving;

/// <summary>
/// What can be served now of what the registry wants. A pure function of the desired state, what was served before, and which versions are ready: an endpoint or
/// a model's default moves to its new versions only when all of them are ready, and stays as it was until then.
/// </summary>
internal sealed class EffectiveServing
{
    /// <summary>Nothing.</summary>
    public static EffectiveServing None { get; } = new([], []);

    private EffectiveServing(Dictionary<string, IReadOnlyList<EffectiveRoute>> endpoints, Dictionary<string, VersionId> defaults)
    {
        Endpoints = endpoints;
        Defaults = defaults;
    }

    /// <summary>Routes by endpoint; an endpoint without any ready version is not in it.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<EffectiveRoute>> Endpoints { get; }

    /// <summary>The version that answers for a model's own name.</summary>
    public IReadOnlyDictionary<string, VersionId> Defaults { get; }

    /// <summary>Every version that something routes to.</summary>
    public IEnumerable<VersionId> Versions =>
        Endpoints.Values.SelectMany(routes => routes.Select(route => route.Version)).Concat(Defaults.Values).Distinct();

    /// <summary>Computes the next state.</summary>
    public static EffectiveServing Next(ServingState desired, EffectiveServing current, Func<VersionId, bool> isReady)
    {
        var wanted = new Dictionary<(string, int), VersionId>();
        foreach (var version in desired.Models)
        {
            wanted[(version.Model, version.Version)] = VersionId.Of(version);
        }
        var endpoints = new Dictionary<string, IReadOnlyList<EffectiveRoute>>(StringComparer.Ordinal);
        foreach (var endpoint in desired.Endpoints)
        {
            var routes = RoutesOf(endpoint, current, wanted, isReady);
            // A canary at weight zero may be all that is ready: nothing would own a request.
            if (routes.Any(route => route.Weight > 0))
            {
                endpoints[endpoint.Name] = routes;
            }
        }
        var defaults = new Dictionary<string, VersionId>(StringComparer.Ordinal);
        foreach (var versions in desired.Models.GroupBy(version => version.Model, StringComparer.Ordinal))
        {
            if (DefaultOf(versions, current, isReady) is { } chosen)
            {
                defaults[versions.Key] = chosen;
            }
        }
        return new EffectiveServing(endpoints, defaults);
    }

    private static IReadOnlyList<EffectiveRoute> RoutesOf(
        ServedEndpoint endpoint,
        EffectiveServing current,
        Dictionary<(string, int), VersionId> wanted,
        Func<VersionId, bool> isReady
    )
    {
        List<EffectiveRoute> ready = [];
        foreach (var route in endpoint.Routes)
        {
            if (wanted.TryGetValue((route.Model, route.Version), out var id) && isReady(id))
            {
                ready.Add(new EffectiveRoute(id, route.Weight));
            }
        }
        // With nothing to stay at, a part of the routes is better than none.
        return ready.Count < endpoint.Routes.Count && current.Endpoints.TryGetValue(endpoint.Name, out var before) ? before : ready;
    }

    private static VersionId? DefaultOf(IEnumerable<ServedModelVersion> versions, EffectiveServing current, Func<VersionId, bool> isReady)
    {
        var byPreference = versions
            .OrderByDescending(version => version.Aliases.Contains(Environments.Production, StringComparer.Ordinal))
            .ThenByDescending(version => version.Version)
            .Select(VersionId.Of)
            .ToArray();
        if (isReady(byPreference[0]))
        {
            return byPreference[0];
        }
        if (current.Defaults.TryGetValue(byPreference[0].Model, out var before))
        {
            return before;
        }
        foreach (var candidate in byPreference)
        {
            if (isReady(candidate))
            {
                return candidate;
            }
        }
        return null;
    }
}
