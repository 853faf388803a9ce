using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Contracts.Mlflow;

namespace Slipway.Registry.Api.Audit;

/// <summary>Changes of experiments, and of runs as wholes. What runs log is no change: it is their purpose, and there are millions of it.</summary>
internal static class TrackingChanges
{
    public static Change ExperimentCreated(long id, string name, string artifactLocation, IReadOnlyList<MlflowKeyValue> tags) =>
        new("experiment.created", Experiment(id))
        {
            After = new()
            {
                ["experiment_id"] = Number(id),
                ["name"] = name,
                ["artifact_location"] = artifactLocation,
                ["tags"] = new JsonArray([.. tags.Select(t => new JsonObject { ["key"] = t.Key, ["value"] = t.Value })]),
            },
        };

    public static Change ExperimentRenamed(long id, string before, string after) =>
        new("experiment.renamed", Experiment(id))
        {
            Before = new() { ["experiment_id"] = Number(id), ["name"] = before },
            After = new() { ["experiment_id"] = Number(id), ["name"] = after },
        };

    /// <summary><paramref name="after"/> is a lifecycle stage: <c>deleted</c>, or <c>active</c> for one that is restored.</summary>
    public static Change ExperimentLifecycle(long id, string before, string after) =>
        Lifecycle("experiment", Experiment(id), "experiment_id", Number(id), before, after);

    public static Change ExperimentTagSet(long id, MlflowKeyValue tag, string? before) =>
        new("experiment_tag.set", Experiment(id))
        {
            Before = before is null ? null : ExperimentTag(id, tag.Key, before),
            After = ExperimentTag(id, tag.Key, tag.Value),
        };

    public static Change ExperimentTagDeleted(long id, string key, string before) =>
        new("experiment_tag.deleted", Experiment(id)) { Before = ExperimentTag(id, key, before) };

    /// <inheritdoc cref="ExperimentLifecycle" />
    public static Change RunLifecycle(string runId, string before, string after) =>
        Lifecycle("run", $"runs/{runId}", "run_id", runId, before, after);

    private static Change Lifecycle(string entity, string path, string idName, string id, string before, string after) =>
        new($"{entity}.{(after == Mlflow.LifecycleStage.Deleted ? "deleted" : "restored")}", path)
        {
            Before = new() { [idName] = id, ["lifecycle_stage"] = before },
            After = new() { [idName] = id, ["lifecycle_stage"] = after },
        };

    private static JsonObject ExperimentTag(long id, string key, string value) =>
        new()
        {
            ["experiment_id"] = Number(id),
            ["key"] = key,
            ["value"] = value,
        };

    private static string Experiment(long id) => $"experiments/{Number(id)}";

    private static string Number(long id) => id.ToString(CultureInfo.InvariantCulture);
}
