namespace Slipway.Registry.Api.Lineage;

/// <summary>The kinds of things in the lineage, in the order in which they come of each other.</summary>
internal static class LineageKind
{
    public const string Dataset = "dataset";
    public const string Run = "run";
    public const string Version = "version";
    public const string Endpoint = "endpoint";
    public const string Predictions = "predictions";
    public const string Alert = "alert";
    public const string Job = "job";

    public static IReadOnlyList<string> All { get; } = [Dataset, Run, Version, Endpoint, Predictions, Alert, Job];
}
