using Aspire.Hosting.Run;

namespace Aspire.Hosting.Servers;

/// <summary>Where a server comes from in this run: an address that was given, or processes to start.</summary>
internal sealed record ServerPlan
{
    /// <summary>For people: <c>PostgreSQL 18.4 from npm</c>.</summary>
    public required string Description { get; init; }

    /// <summary>The address that was given; null where processes are started.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>The processes, the server itself last.</summary>
    public IReadOnlyList<ManagedProcess> Processes { get; init; } = [];
}
