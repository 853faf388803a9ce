namespace Slipway.Monitoring.Worker.Storage;

/// <summary>An alert. At most one of a kind is open for a version of an endpoint; the database enforces it.</summary>
internal sealed class AlertRow
{
    public required Guid Id { get; init; }

    public required string Endpoint { get; init; }

    public required string Model { get; init; }

    public required int Version { get; init; }

    public required string Kind { get; init; }

    public required string Status { get; set; }

    public required string Message { get; set; }

    public required DateTimeOffset WindowEnd { get; init; }

    public required DateTimeOffset RaisedAt { get; init; }

    public DateTimeOffset? ClearedAt { get; set; }

    /// <summary>End of the last window that counted for it: windows up to here never raise another one.</summary>
    public DateTimeOffset? ClearedWindowEnd { get; set; }
}
