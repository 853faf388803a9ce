namespace Slipway.Contracts.Messages;

/// <summary>
/// Something changed in the registry: the event of one entry of its audit log. Published at least once, in the order of the log; a consumer that sees an
/// <see cref="Id"/> again has had it already.
/// </summary>
public sealed record RegistryChanged
{
    /// <summary>Identifies the event, however often it is published.</summary>
    public required Guid Id { get; init; }

    /// <summary>When the change was made.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The place of the change in the audit log's chain.</summary>
    public required long Sequence { get; init; }

    /// <summary>What was done: <c>entity.verb</c>, such as <c>model_version_alias.created</c>.</summary>
    public required string Action { get; init; }

    /// <summary>What it was done to, as a path, such as <c>models/iris/aliases/champion</c>.</summary>
    public required string Object { get; init; }

    /// <summary>Who did it.</summary>
    public required string Actor { get; init; }

    /// <summary>The state before as JSON, or null.</summary>
    public string? Before { get; init; }

    /// <summary>The state after as JSON, or null.</summary>
    public string? After { get; init; }

    /// <summary>The trace that the change belonged to.</summary>
    public string? TraceId { get; init; }

    /// <summary>The version of this message's shape.</summary>
    public int SchemaVersion { get; set; } = 1;
}
