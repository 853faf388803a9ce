namespace Aspire.Hosting.State;

/// <summary>What is known about a resource at one moment.</summary>
internal sealed record ResourceSnapshot
{
    public required string Name { get; init; }

    /// <summary><c>project</c>, <c>postgres</c>, <c>database</c>, <c>rabbitmq</c>, <c>executable</c> or <c>process</c>.</summary>
    public required string Type { get; init; }

    public string State { get; init; } = ResourceStates.NotStarted;

    /// <summary><c>Healthy</c> or <c>Unhealthy</c>; null while the resource does not run.</summary>
    public string? Health { get; init; }

    public string? HealthDetail { get; init; }

    public string? Source { get; init; }

    public int? Pid { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public int Restarts { get; init; }

    public int? ExitCode { get; init; }

    public IReadOnlyList<string> Urls { get; init; } = [];

    /// <summary>The resource whose process this one lives in; null where it has its own.</summary>
    public string? Host { get; init; }

    /// <summary>An auxiliary process that users need not see.</summary>
    public bool Hidden { get; init; }

    public bool IsReady => State == ResourceStates.Running && Health == "Healthy";
}
