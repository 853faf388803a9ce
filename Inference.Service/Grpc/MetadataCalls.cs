using Google.Protobuf;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.Protos;
using Slipway.Inference.Service.V2;
using Statistics = Slipway.Inference.Service.Protos.ModelStatistics;

namespace Slipway.Inference.Service.Grpc;

/// <summary>The calls that describe the server and its models.</summary>
internal sealed class MetadataCalls(V2Descriptions descriptions)
{
    public static ServerLiveResponse ServerLive(ServerLiveRequest _) => new() { Live = true };

    public ServerReadyResponse ServerReady(ServerReadyRequest _) => new() { Ready = descriptions.IsReady };

    public ModelReadyResponse ModelReady(ModelReadyRequest request) =>
        new() { Ready = descriptions.IsModelReady(request.Name, VersionOf(request.Version)) };

    public ServerMetadataResponse ServerMetadata(ServerMetadataRequest _) =>
        new()
        {
            Name = descriptions.Server.Name,
            Version = descriptions.Server.Version,
            Extensions = { descriptions.Server.Extensions },
        };

    public async Task<ModelMetadataResponse> ModelMetadataAsync(ModelMetadataRequest request, CancellationToken ct)
    {
        var model = await descriptions.ModelAsync(request.Name, VersionOf(request.Version), ct);
        return new ModelMetadataResponse
        {
            Name = model.Name,
            Versions = { model.Versions },
            Platform = model.Platform,
            Inputs = { model.Inputs.Select(Describe) },
            Outputs = { model.Outputs.Select(Describe) },
        };
    }

    public async Task<ModelConfigResponse> ModelConfigAsync(ModelConfigRequest request, CancellationToken ct) =>
        new() { Config = await descriptions.ConfigAsync(request.Name, VersionOf(request.Version), ct) };

    public ModelStatisticsResponse ModelStatistics(ModelStatisticsRequest request)
    {
        var list = descriptions.Statistics(request.Name.Length == 0 ? null : request.Name, VersionOf(request.Version));
        return new ModelStatisticsResponse { ModelStats = { list.Models.Select(Describe) } };
    }

    /// <summary>A version as the path of predictions wants it: null to leave it to the server.</summary>
    public static string? VersionOf(string version) => version is "" or "-1" ? null : version;

    private static ModelMetadataResponse.Types.TensorMetadata Describe(V2Tensor tensor) =>
        new()
        {
            Name = tensor.Name,
            Datatype = tensor.Datatype,
            Shape = { tensor.Shape },
        };

    private static Statistics Describe(V2ModelStatistics model) =>
        new()
        {
            Name = model.Name,
            Version = model.Version,
            LastInference = (ulong)model.LastInference,
            InferenceCount = (ulong)model.InferenceCount,
            ExecutionCount = (ulong)model.ExecutionCount,
            InferenceStats = new InferStatistics
            {
                Success = Describe(model.InferenceStats.Success),
                Fail = Describe(model.InferenceStats.Fail),
                Queue = Describe(model.InferenceStats.Queue),
                ComputeInput = Describe(model.InferenceStats.ComputeInput),
                ComputeInfer = Describe(model.InferenceStats.ComputeInfer),
                ComputeOutput = Describe(model.InferenceStats.ComputeOutput),
                CacheHit = Describe(model.InferenceStats.CacheHit),
                CacheMiss = Describe(model.InferenceStats.CacheMiss),
            },
            BatchStats =
            {
                model.BatchStats.Select(batch => new InferBatchStatistics
                {
                    BatchSize = (ulong)batch.BatchSize,
                    ComputeInput = Describe(batch.ComputeInput),
                    ComputeInfer = Describe(batch.ComputeInfer),
                    ComputeOutput = Describe(batch.ComputeOutput),
                }),
            },
        };

    private static StatisticDuration Describe(V2Duration duration) =>
        new() { Count = (ulong)duration.Count, Ns = (ulong)duration.Nanoseconds };
}
