using System.Text.Json;

namespace Slipway.Contracts.Registry;

/// <summary>Who did what to which object of the registry, when, and what it changed.</summary>
public sealed record AuditEntry
{
    /// <summary>The entry's number.</summary>
    public required long Id { get; init; }

    /// <summary>The entry's place in the chain; null for the moment until it is sealed.</summary>
    public long? Sequence { get; init; }

    /// <summary>The chain's hash at that place: SHA-256 in lower-case hexadecimal digits.</summary>
    public string? Hash { get; init; }

    /// <summary>When it was done.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Who did it: a user's or a token's name, <c>anonymous</c>, or <c>system</c> for the registry's own workers.</summary>
    public required string Actor { get; init; }

    /// <summary>What was done: <c>entity.verb</c>, such as <c>model_version.created</c>.</summary>
    public required string Action { get; init; }

    /// <summary>What it was done to, as a path, such as <c>models/iris/versions/3</c>.</summary>
    public required string Object { get; init; }

    /// <summary>The state before, or null.</summary>
    public JsonElement? Before { get; init; }

    /// <summary>The state after, or null.</summary>
    public JsonElement? After { get; init; }

    /// <summary>The trace that the request belonged to.</summary>
    public string? TraceId { get; init; }

    /// <summary>The request's identifier in the registry's log.</summary>
    public string? RequestId { get; init; }
}

/// <summary>A page of the audit log, newest first.</summary>
/// <param name="Entries">The entries.</param>
/// <param name="NextPageToken">Gives the next page; null on the last.</param>
public sealed record AuditPage(IReadOnlyList<AuditEntry> Entries, string? NextPageToken);

/// <summary>What to look for in the audit log; what is null does not limit.</summary>
public sealed record AuditQuery
{
    /// <summary>A path: it finds the object and everything below it.</summary>
    public string? Object { get; init; }

    /// <summary>Who did it.</summary>
    public string? Actor { get; init; }

    /// <summary>What was done.</summary>
    public string? Action { get; init; }

    /// <summary>The earliest time.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>The time before which it was done.</summary>
    public DateTimeOffset? To { get; init; }
}
