namespace Slipway.Inference.Engine.Serving;

/// <summary>An endpoint of a snapshot: a name, and where its requests go.</summary>
public sealed class ServingEndpoint
{
    private readonly double[] _weights;

    /// <summary>Creates an endpoint with at least one route of positive weight.</summary>
    public ServingEndpoint(string name, IReadOnlyList<WeightedRoute> routes)
    {
        Name = name;
        Routes = routes;
        _weights = [.. routes.Select(route => route.Weight)];
        if (_weights.Any(weight => !double.IsFinite(weight) || weight < 0) || !_weights.Any(weight => weight > 0))
        {
            throw new ArgumentException($"Endpoint '{name}' needs finite weights, none negative, at least one positive.", nameof(routes));
        }
    }

    /// <summary>The endpoint's name.</summary>
    public string Name { get; }

    /// <summary>The routes, in the registry's order.</summary>
    public IReadOnlyList<WeightedRoute> Routes { get; }

    /// <summary>The model that owns a number in [0, 1).</summary>
    public LoadedModel Choose(double draw) => Routes[RouteChoice.Choose(_weights, draw)].Model;
}
