namespace Slipway.Contracts.Registry;

/// <summary><c>PUT /api/v1/endpoints/{name}</c> and the answer of its GET: what an endpoint serves, as the user wrote it.</summary>
public sealed record EndpointDefinition
{
    /// <summary>The endpoint's name; taken from the path on PUT.</summary>
    public string Name { get; set; } = "";

    /// <summary>At least one route, at most 16.</summary>
    public required IReadOnlyList<EndpointRoute> Routes { get; init; }

    /// <summary>Whether answered requests are written to the prediction log.</summary>
    public bool LogPredictions { get; set; } = true;

    /// <summary>When it was last changed; set by the registry.</summary>
    public DateTimeOffset? UpdatedAt { get; init; }
}

/// <summary>A route to a version, or to what an alias names at any time; exactly one of the two is given.</summary>
public sealed record EndpointRoute
{
    /// <summary>The registered model.</summary>
    public required string Model { get; init; }

    /// <summary>A fixed version.</summary>
    public int? Version { get; init; }

    /// <summary>An alias, followed as it moves.</summary>
    public string? Alias { get; init; }

    /// <summary>Share of the requests relative to the other routes; above 0.</summary>
    public double Weight { get; set; } = 100;
}
