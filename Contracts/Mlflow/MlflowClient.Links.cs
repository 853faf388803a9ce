using System.Text.Json.Nodes;

namespace Slipway.Contracts.Mlflow;

/// <content>What runs have read and made.</content>
public sealed partial class MlflowClient
{
    /// <summary>
    /// Says what a run has read: datasets, each with tags such as <c>mlflow.data.context</c>, and logged models. Saying it again changes nothing.
    /// </summary>
    public Task LogInputsAsync(
        string runId,
        IReadOnlyList<MlflowDatasetInput> datasets,
        IReadOnlyList<MlflowModelInput>? models = null,
        CancellationToken ct = default
    )
    {
        ArgumentNullException.ThrowIfNull(datasets);
        var inputs = datasets.Select(input =>
            (JsonNode)Body(
                ("tags", TagList(input.Tags.ToDictionary(tag => tag.Key, tag => tag.Value))),
                (
                    "dataset",
                    Body(
                        ("name", input.Dataset.Name),
                        ("digest", input.Dataset.Digest),
                        ("source_type", input.Dataset.SourceType),
                        ("source", input.Dataset.Source),
                        ("schema", input.Dataset.Schema),
                        ("profile", input.Dataset.Profile)
                    )
                )
            )
        );
        var read = (models ?? []).Select(model => (JsonNode)Body(("model_id", model.ModelId)));
        return PostAsync<MlflowEmpty>(
            "runs/log-inputs",
            Body(("run_id", runId), ("datasets", new JsonArray([.. inputs])), ("models", new JsonArray([.. read]))),
            ct
        );
    }

    /// <summary>Says which logged models a run has made, each at a step.</summary>
    public Task LogOutputsAsync(string runId, IReadOnlyList<MlflowModelOutput> models, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(models);
        var made = models.Select(model => (JsonNode)Body(("model_id", model.ModelId), ("step", model.Step)));
        return PostAsync<MlflowEmpty>("runs/outputs", Body(("run_id", runId), ("models", new JsonArray([.. made]))), ct);
    }
}
