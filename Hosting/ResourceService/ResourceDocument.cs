using Aspire.Hosting.State;

namespace Aspire.Hosting.ResourceService;

/// <summary>A resource as the resource service shows it.</summary>
internal sealed record ResourceDocument
{
    public required string Name { get; init; }

    public required string Type { get; init; }

    public required string State { get; init; }

    public string? Health { get; init; }

    public string? HealthDetail { get; init; }

    public string? Source { get; init; }

    public int? Pid { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public int Restarts { get; init; }

    public int? ExitCode { get; init; }

    public IReadOnlyList<string> Urls { get; init; } = [];

    public static ResourceDocument From(ResourceSnapshot snapshot) =>
        new()
        {
            Name = snapshot.Name,
            Type = snapshot.Type,
            State = snapshot.State,
            Health = snapshot.Health,
            HealthDetail = snapshot.HealthDetail,
            Source = snapshot.Source,
            Pid = snapshot.Pid,
            StartedAt = snapshot.StartedAt,
            Restarts = snapshot.Restarts,
            ExitCode = snapshot.ExitCode,
            Urls = snapshot.Urls,
        };
}
