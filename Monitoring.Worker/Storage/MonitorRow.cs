namespace Slipway.Monitoring.Worker.Storage;

/// <summary>The monitor of an endpoint: its definition as JSON, and the window width that SQL needs.</summary>
internal sealed class MonitorRow
{
    public required string Endpoint { get; init; }

    public required long WindowSeconds { get; set; }

    public required string Definition { get; set; }

    public required DateTimeOffset UpdatedAt { get; set; }
}
