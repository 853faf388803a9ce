using System.Text.Json;

namespace Slipway.Training.Worker.Jobs;

/// <summary>The body of <c>POST /api/v1/jobs</c> as it may arrive: everything can be missing, so that each lack gets its own answer.</summary>
internal sealed record JobBody
{
    public IReadOnlyList<string?>? Datasets { get; init; }

    public string? Target { get; init; }

    public string? Trainer { get; init; }

    public string? Task { get; init; }

    /// <summary>Text, numbers, true and false: a number need not be quoted.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Parameters { get; init; }

    public string? ModelName { get; init; }

    public string? Experiment { get; init; }

    public string? PromoteTo { get; init; }

    public string? Reason { get; init; }
}
