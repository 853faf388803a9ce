using System.Text.Json.Serialization;
using Slipway.Inference.Engine.Serving;
using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.V2;

/// <summary><c>GET /v2/models/{name}/stats</c> (statistics extension).</summary>
internal sealed record V2StatisticsList([property: JsonPropertyName("model_stats")] IReadOnlyList<V2ModelStatistics> Models);

/// <summary>What the requests of one version cost since it was loaded.</summary>
internal sealed record V2ModelStatistics(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("last_inference")] long LastInference,
    [property: JsonPropertyName("inference_count")] long InferenceCount,
    [property: JsonPropertyName("execution_count")] long ExecutionCount,
    [property: JsonPropertyName("inference_stats")] V2InferStatistics InferenceStats,
    [property: JsonPropertyName("batch_stats")] IReadOnlyList<V2BatchStatistics> BatchStats
)
{
    /// <summary>Of a model that has answered nothing.</summary>
    public static V2ModelStatistics None(LoadedModel model) =>
        new(
            model.Name,
            $"{model.Version}",
            0,
            0,
            0,
            new V2InferStatistics(default, default, default, default, default, default, default, default),
            []
        );

    public static V2ModelStatistics Of(LoadedModel model, ModelFacts facts)
    {
        var counts = facts.Statistics;
        var hasCache = facts.Configuration.Config.ResponseCache is { Enable: true };
        var batches = counts.Batches;
        return new V2ModelStatistics(
            model.Name,
            $"{model.Version}",
            counts.LastInferenceMilliseconds,
            counts.Rows,
            batches.Sum(batch => batch.Runs),
            new V2InferStatistics(
                V2Duration.Of(counts.Success),
                V2Duration.Of(counts.Failure),
                V2Duration.Of(counts.Queue),
                V2Duration.Of(counts.ComputeInput),
                V2Duration.Of(counts.ComputeInfer),
                V2Duration.Of(counts.ComputeOutput),
                V2Duration.Of(counts.CacheHit),
                new V2Duration(hasCache ? counts.ComputeInfer.Count : 0, 0)
            ),
            [
                .. batches.Select(batch => new V2BatchStatistics(
                    batch.BatchSize,
                    V2Duration.Of(batch.ComputeInput),
                    V2Duration.Of(batch.ComputeInfer),
                    V2Duration.Of(batch.ComputeOutput)
                )),
            ]
        );
    }
}

/// <summary>The parts of a version's requests.</summary>
internal sealed record V2InferStatistics(
    [property: JsonPropertyName("success")] V2Duration Success,
    [property: JsonPropertyName("fail")] V2Duration Fail,
    [property: JsonPropertyName("queue")] V2Duration Queue,
    [property: JsonPropertyName("compute_input")] V2Duration ComputeInput,
    [property: JsonPropertyName("compute_infer")] V2Duration ComputeInfer,
    [property: JsonPropertyName("compute_output")] V2Duration ComputeOutput,
    [property: JsonPropertyName("cache_hit")] V2Duration CacheHit,
    [property: JsonPropertyName("cache_miss")] V2Duration CacheMiss
);

/// <summary>The runs of one number of rows.</summary>
internal sealed record V2BatchStatistics(
    [property: JsonPropertyName("batch_size")] long BatchSize,
    [property: JsonPropertyName("compute_input")] V2Duration ComputeInput,
    [property: JsonPropertyName("compute_infer")] V2Duration ComputeInfer,
    [property: JsonPropertyName("compute_output")] V2Duration ComputeOutput
);

/// <summary>How often, and how many nanoseconds in all.</summary>
internal readonly record struct V2Duration(
    [property: JsonPropertyName("count")] long Count,
    [property: JsonPropertyName("ns")] long Nanoseconds
)
{
    public static V2Duration Of(CountedTime time) => new(time.Count, time.Nanoseconds);
}
