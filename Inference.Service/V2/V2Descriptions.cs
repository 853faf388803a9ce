using Microsoft.Extensions.Options;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Serving;
using Slipway.Inference.Engine.Tensors;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.Serving;
using Slipway.Inference.Service.SharedMemory;

namespace Slipway.Inference.Service.V2;

/// <summary>What the protocol tells of the server and its models, for every transport; a name is an endpoint's first, else a model's.</summary>
internal sealed class V2Descriptions(
    ModelDirectory models,
    ModelFactsTable facts,
    ServingDirectory serving,
    IHostApplicationLifetime lifetime,
    IOptions<V2Options> options,
    IOptions<InferenceOptions> limits,
    SharedMemoryRegions regions
)
{
    private const string Platform = "onnxruntime_onnx";
    private static readonly string s_version = typeof(V2Descriptions).Assembly.GetName().Version?.ToString(3) ?? "";
    private static readonly string[] s_extensions =
    [
        "classification",
        "schedule_policy",
        "model_configuration",
        "model_repository",
        "model_repository(unload_dependents)",
        "binary_tensor_data",
        "parameters",
        "statistics",
    ];

    /// <summary>The server.</summary>
    public V2Server Server { get; } =
        new(options.Value.ServerName, s_version, regions.IsOffered ? [.. s_extensions, "system_shared_memory"] : s_extensions);

    /// <summary>Whether everything that is wanted is served, and the service is not about to stop.</summary>
    public bool IsReady => serving.Current.IsReady && !lifetime.ApplicationStopping.IsCancellationRequested;

    /// <summary>Whether a model is ready; throws with 404 for what is not known.</summary>
    public bool IsModelReady(string name, string? version)
    {
        try
        {
            models.Find(name, version);
            return true;
        }
        catch (RequestRefusedException e) when (e.Status == StatusCodes.Status503ServiceUnavailable)
        {
            // Known and not ready is an answer, not an error.
            return false;
        }
    }

    /// <summary>A model's inputs and outputs; throws with 404 and 503 as <see cref="ModelDirectory.Find"/>.</summary>
    public async Task<V2Model> ModelAsync(string name, string? version, CancellationToken ct)
    {
        var model = await models.FindKnownAsync(name, version, limits.Value.RequestTimeout, ct);
        string[] versions =
        [
            .. serving
                .Current.VersionsBehind(name)
                .Where(status => status.State == VersionStatus.Ready)
                .Select(status => $"{status.Id.Version}")
                .Distinct(),
        ];
        var platform = facts.Of(model).Configuration.Config.Platform is { Length: > 0 } own ? own : Platform;
        return new V2Model(name, versions, platform, Describe(model.Signature.Inputs), Describe(model.Signature.Outputs));
    }

    /// <summary>What a model's requests cost since it was loaded; of all ready ones where no name is given.</summary>
    public V2StatisticsList Statistics(string? name, string? version)
    {
        if (name is null)
        {
            return new V2StatisticsList([
                .. serving.Current.Versions.Where(status => status.Model is { IsKnown: true }).Select(status => Count(status.Model!)),
            ]);
        }
        var model = models.Find(name, version);
        if (version is not null)
        {
            return new V2StatisticsList([Count(model)]);
        }
        return new V2StatisticsList([
            .. serving.Current.VersionsBehind(name).Where(status => status.Model is not null).Select(status => Count(status.Model!)),
        ]);
    }

    /// <summary>A model's configuration under the name that was called, as Triton has it.</summary>
    public async Task<Protos.ModelConfig> ConfigAsync(string name, string? version, CancellationToken ct)
    {
        var model = await models.FindKnownAsync(name, version, limits.Value.RequestTimeout, ct);
        var config = facts.Of(model).Configuration.Config.Clone();
        config.Name = name;
        return config;
    }

    // A model that was never loaded has answered nothing.
    private V2ModelStatistics Count(LoadedModel model) =>
        model.IsKnown ? V2ModelStatistics.Of(model, facts.Of(model)) : V2ModelStatistics.None(model);

    private static V2Tensor[] Describe(IReadOnlyList<ModelTensor> tensors) =>
        [.. tensors.Select(tensor => new V2Tensor(tensor.Name, tensor.Type.WireName(), tensor.Shape))];
}
