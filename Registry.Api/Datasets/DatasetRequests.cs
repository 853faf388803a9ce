using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Datasets;

/// <summary>Reads and checks the inputs of runs, by MLflow's limits.</summary>
internal static class DatasetRequests
{
    private const int MaxInputs = 1000;
    private const int MaxDigestLength = 36;
    private const int MaxSourceLength = 65_535;
    private const int MaxSchemaLength = 1_048_575;
    private const int MaxProfileLength = 16_777_215;
    private const int MaxTagKeyLength = 255;
    private const int MaxTagValueLength = 500;

    public static List<MlflowDatasetInput> ReadInputs(MlflowRequest request)
    {
        var inputs = request.List("datasets");
        return inputs.Count <= MaxInputs
            ? [.. inputs.Select(ReadInput)]
            : throw MlflowRefusal.Invalid($"A request can log at most {MaxInputs} datasets. Got {inputs.Count}.");
    }

    /// <summary>The ids of logged models in a list of messages.</summary>
    public static List<MlflowModelOutput> ReadModels(MlflowRequest request)
    {
        var models = request.List("models");
        return models.Count <= MaxInputs
            ?
            [
                .. models
                    .Select(model => new MlflowModelOutput(
                        MlflowRules.CheckLength(model.RequiredText("model_id"), MlflowRules.MaxNameLength, "Model id"),
                        model.Int64("step") ?? 0
                    ))
                    .GroupBy(model => model.ModelId, StringComparer.Ordinal)
                    .Select(same => same.Last()),
            ]
            : throw MlflowRefusal.Invalid($"A request can log at most {MaxInputs} models. Got {models.Count}.");
    }

    private static MlflowDatasetInput ReadInput(MlflowRequest input)
    {
        var dataset = input.Object("dataset") ?? throw MlflowRefusal.Missing(input.PathOf("dataset"));
        return new MlflowDatasetInput
        {
            Dataset = new MlflowDataset
            {
                Name = MlflowRules.CheckLength(dataset.RequiredText("name"), MlflowRules.MaxNameLength, "Dataset name"),
                Digest = MlflowRules.CheckLength(dataset.RequiredText("digest"), MaxDigestLength, "Dataset digest"),
                SourceType = MlflowRules.CheckLength(dataset.RequiredText("source_type"), MlflowRules.MaxNameLength, "Dataset source_type"),
                Source = MlflowRules.CheckLength(dataset.RequiredText("source"), MaxSourceLength, "Dataset source"),
                Schema = Optional(dataset, "schema", MaxSchemaLength),
                Profile = Optional(dataset, "profile", MaxProfileLength),
            },
            Tags = [.. input.List("tags").Select(ReadTag).GroupBy(tag => tag.Key, StringComparer.Ordinal).Select(same => same.Last())],
        };
    }

    private static MlflowKeyValue ReadTag(MlflowRequest tag) =>
        new(
            MlflowRules.CheckLength(tag.RequiredText("key"), MaxTagKeyLength, "InputTag key"),
            MlflowRules.CheckLength(tag.Text("value") ?? "", MaxTagValueLength, "InputTag value")
        );

    private static string? Optional(MlflowRequest dataset, string name, int limit) =>
        dataset.Text(name) is { Length: > 0 } text ? MlflowRules.CheckLength(text, limit, $"Dataset {name}") : null;
}
