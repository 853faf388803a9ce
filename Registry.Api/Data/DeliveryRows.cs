namespace Slipway.Registry.Api.Data;

/// <summary>A serving endpoint.</summary>
internal sealed class EndpointRow
{
    public required string Name { get; set; }
    public bool LogPredictions { get; set; }
    public DateTimeOffset UpdatedAt { get; set; }
    public List<EndpointRouteRow> Routes { get; } = [];
}

/// <summary>A route of an endpoint: to a version, or to what an alias names.</summary>
internal sealed class EndpointRouteRow
{
    public required string EndpointName { get; set; }
    public int Position { get; set; }
    public long ModelId { get; set; }
    public int? Version { get; set; }
    public string? Alias { get; set; }
    public double Weight { get; set; }
    public RegisteredModelRow? Model { get; set; }
}

/// <summary>The one row that counts changes of the serving state.</summary>
internal sealed class ServingRevisionRow
{
    public bool OnlyRow { get; set; }
    public long Revision { get; set; }
}
