namespace Slipway.Monitoring.Worker.Storage;

/// <summary>What the registry said about a version: its baseline profile, if it has one, and its metrics. Versions never change.</summary>
internal sealed class BaselineRow
{
    public required string Model { get; init; }

    public required int Version { get; init; }

    public string? Profile { get; set; }

    public required string Metrics { get; set; }

    public required DateTimeOffset FetchedAt { get; set; }
}
