using Google.Protobuf;
using Slipway.Inference.Service.Protos;

namespace Slipway.Inference.Service.Grpc;

/// <summary>The gRPC services: inference, health, reflection. Any other call is told that it is not implemented.</summary>
internal static class GrpcApi
{
    public const string Service = "inference.GRPCInferenceService";

    private const string Health = "grpc.health.v1.Health";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var services = routes.ServiceProvider;
        var unary = services.GetRequiredService<GrpcUnary>();
        var infer = services.GetRequiredService<InferCalls>();
        var metadata = services.GetRequiredService<MetadataCalls>();
        var repository = services.GetRequiredService<RepositoryCalls>();
        var memory = services.GetRequiredService<SharedMemoryCalls>();
        var health = services.GetRequiredService<HealthCalls>();
        var reflection = services.GetRequiredService<ReflectionCalls>();

        Map(routes, $"/{Service}/ModelInfer", infer.InferAsync);
        Map(routes, $"/{Service}/ModelStreamInfer", infer.StreamAsync);
        MapUnary($"/{Service}/ServerLive", ServerLiveRequest.Parser, MetadataCalls.ServerLive);
        MapUnary($"/{Service}/ServerReady", ServerReadyRequest.Parser, metadata.ServerReady);
        MapUnary($"/{Service}/ModelReady", ModelReadyRequest.Parser, metadata.ModelReady);
        MapUnary($"/{Service}/ServerMetadata", ServerMetadataRequest.Parser, metadata.ServerMetadata);
        MapLonger(
            $"/{Service}/ModelMetadata",
            ModelMetadataRequest.Parser,
            async (call, ct) => await metadata.ModelMetadataAsync(call, ct)
        );
        MapLonger($"/{Service}/ModelConfig", ModelConfigRequest.Parser, async (call, ct) => await metadata.ModelConfigAsync(call, ct));
        MapUnary($"/{Service}/ModelStatistics", ModelStatisticsRequest.Parser, metadata.ModelStatistics);
        MapUnary($"/{Service}/RepositoryIndex", RepositoryIndexRequest.Parser, repository.Index);
        MapLonger(
            $"/{Service}/RepositoryModelLoad",
            RepositoryModelLoadRequest.Parser,
            async (call, ct) => await repository.LoadAsync(call, ct)
        );
        MapLonger(
            $"/{Service}/RepositoryModelUnload",
            RepositoryModelUnloadRequest.Parser,
            async (call, ct) => await repository.UnloadAsync(call, ct)
        );
        MapUnary($"/{Service}/SystemSharedMemoryStatus", SystemSharedMemoryStatusRequest.Parser, memory.Status);
        MapUnary($"/{Service}/SystemSharedMemoryRegister", SystemSharedMemoryRegisterRequest.Parser, memory.Register);
        MapUnary($"/{Service}/SystemSharedMemoryUnregister", SystemSharedMemoryUnregisterRequest.Parser, memory.Unregister);
        MapUnary($"/{Service}/CudaSharedMemoryStatus", CudaSharedMemoryStatusRequest.Parser, SettingsCalls.CudaStatus);
        MapUnary($"/{Service}/CudaSharedMemoryRegister", CudaSharedMemoryRegisterRequest.Parser, SettingsCalls.RegisterCuda);
        MapUnary($"/{Service}/CudaSharedMemoryUnregister", CudaSharedMemoryUnregisterRequest.Parser, SettingsCalls.UnregisterCuda);
        MapUnary($"/{Service}/TraceSetting", TraceSettingRequest.Parser, SettingsCalls.Trace);
        MapUnary($"/{Service}/LogSettings", LogSettingsRequest.Parser, SettingsCalls.Log);
        MapUnary($"/{Health}/Check", HealthCheckRequest.Parser, health.Check);
        Map(routes, $"/{Health}/Watch", health.WatchAsync);
        Map(routes, "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", reflection.AnswerAsync);
        Map(routes, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", reflection.AnswerAsync);
        // A package's name has a dot, and no other route's first part has.
        Map(routes, "/{service:regex(^[A-Za-z0-9_]+(\\.[A-Za-z0-9_]+)+$)}/{method}", RefuseUnknown);

        void MapUnary<TRequest>(string path, MessageParser<TRequest> parser, Func<TRequest, IMessage> answer)
            where TRequest : IMessage<TRequest> => Map(routes, path, context => unary.AnswerAsync(context, parser, answer));

        void MapLonger<TRequest>(string path, MessageParser<TRequest> parser, Func<TRequest, CancellationToken, Task<IMessage>> answer)
            where TRequest : IMessage<TRequest> => Map(routes, path, context => unary.AnswerAsync(context, parser, answer));
    }

    private static void Map(IEndpointRouteBuilder routes, string path, RequestDelegate handle) => routes.MapPost(path, handle);

    private static Task RefuseUnknown(HttpContext context)
    {
        var call = new GrpcCall(context, 0);
        if (call.TryStart())
        {
            call.Finish(
                GrpcStatus.Unimplemented,
                $"{context.Request.RouteValues["service"]}/{context.Request.RouteValues["method"]} is not implemented by this server"
            );
        }
        return Task.CompletedTask;
    }
}
