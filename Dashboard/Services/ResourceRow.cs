using System.Text.Json.Serialization;

namespace Slipway.Dashboard.Services;

/// <summary>A resource as AppHost reports it.</summary>
internal sealed record ResourceRow
{
    public required string Name { get; init; }
    public string Type { get; init; } = "service";
    public string State { get; init; } = "Unknown";
    public string? Health { get; init; }
    public int? Pid { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public int Restarts { get; init; }
    public IReadOnlyList<string> Urls { get; init; } = [];
}

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(IReadOnlyList<ResourceRow>))]
internal sealed partial class ResourceJson : JsonSerializerContext;
