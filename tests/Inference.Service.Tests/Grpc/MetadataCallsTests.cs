using Slipway.Inference.Service.Protos;

namespace Slipway.Inference.Service.Tests.Grpc;

public sealed class MetadataCallsTests(GrpcService service) : IClassFixture<GrpcService>
{
    private readonly GrpcTestClient _client = service.Client;

    [Fact]
    public async Task Metadata_ServerAndModel_DescribeThemselves()
    {
        Assert.True((await _client.CallAsync("ServerLive", ServerLiveResponse.Parser, new ServerLiveRequest())).Single.Live);
        Assert.True((await _client.CallAsync("ServerReady", ServerReadyResponse.Parser, new ServerReadyRequest())).Single.Ready);
        var ready = new ModelReadyRequest { Name = "demand" };
        Assert.True((await _client.CallAsync("ModelReady", ModelReadyResponse.Parser, ready)).Single.Ready);
        var server = (await _client.CallAsync("ServerMetadata", ServerMetadataResponse.Parser, new ServerMetadataRequest())).Single;
        Assert.Equal("slipway", server.Name);
        Assert.Contains("binary_tensor_data", server.Extensions);
        var request = new ModelMetadataRequest { Name = "demand" };
        var model = (await _client.CallAsync("ModelMetadata", ModelMetadataResponse.Parser, request)).Single;
        Assert.Equal(("demand", "onnxruntime_onnx"), (model.Name, model.Platform));
        Assert.Equal(["3"], model.Versions);
        Assert.Equal(("x", "FP32"), (model.Inputs[0].Name, model.Inputs[0].Datatype));
        Assert.Equal([-1, 2], model.Inputs[0].Shape);
        var config = (
            await _client.CallAsync("ModelConfig", ModelConfigResponse.Parser, new ModelConfigRequest { Name = "linear" })
        ).Single;
        Assert.Equal(("linear", "onnxruntime"), (config.Config.Name, config.Config.Backend));
    }

    [Fact]
    public async Task ModelReady_UnknownModel_IsNotFound()
    {
        var answer = await _client.CallAsync("ModelReady", ModelReadyResponse.Parser, new ModelReadyRequest { Name = "none" });

        Assert.Equal((5, "Request for unknown model: 'none' is not found"), (answer.Status, answer.Message));
    }

    [Fact]
    public async Task ModelStatistics_AfterRequests_CountsThem()
    {
        for (var rows = 1; rows <= 3; rows++)
        {
            var data = string.Join(',', Enumerable.Repeat("0.25", rows));
            await service.Host.PostAsync(
                "v2/models/classes/infer",
                $$"""{"inputs":[{"name":"x","datatype":"FP32","shape":[{{rows}},1],"data":[{{data}}]}]}"""
            );
        }
        await service.Host.PostAsync("v2/models/classes/infer", """{"inputs":[]}""");

        var request = new ModelStatisticsRequest { Name = "classes" };
        var statistics = Assert.Single(
            (await _client.CallAsync("ModelStatistics", ModelStatisticsResponse.Parser, request)).Single.ModelStats
        );

        Assert.Equal((6UL, 3UL), (statistics.InferenceCount, statistics.ExecutionCount));
        Assert.Equal((3UL, 1UL), (statistics.InferenceStats.Success.Count, statistics.InferenceStats.Fail.Count));
        Assert.True(statistics.InferenceStats.Success.Ns >= statistics.InferenceStats.ComputeInfer.Ns);
        Assert.Equal([1UL, 2UL, 3UL], statistics.BatchStats.Select(batch => batch.BatchSize));
        Assert.All(statistics.BatchStats, batch => Assert.Equal(1UL, batch.ComputeInfer.Count));
        var (_, rest) = await service.Host.GetAsync("v2/models/classes/stats");
        Assert.Contains("\"inference_count\":6,\"execution_count\":3", rest, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RepositoryIndex_Models_AreThoseServed()
    {
        var index = (await _client.CallAsync("RepositoryIndex", RepositoryIndexResponse.Parser, new RepositoryIndexRequest())).Single;

        var linear = Assert.Single(index.Models, model => model.Name == "linear");
        Assert.Equal(("3", "READY"), (linear.Version, linear.State));
    }

    [Theory]
    [InlineData("RepositoryModelLoad")]
    [InlineData("RepositoryModelUnload")]
    public async Task RepositoryControl_UnderARegistry_IsRefused(string method)
    {
        var answer = await _client.CallAsync(
            method,
            RepositoryModelLoadResponse.Parser,
            new RepositoryModelLoadRequest { ModelName = "linear" }
        );

        Assert.Equal(14, answer.Status);
        Assert.StartsWith("explicit model load / unload is not allowed", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_Asked_AreToldAndKept()
    {
        var trace = await _client.CallAsync("TraceSetting", TraceSettingResponse.Parser, new TraceSettingRequest());
        Assert.Equal(["OFF"], trace.Single.Settings["trace_level"].Value);
        var change = new TraceSettingRequest { Settings = { ["trace_level"] = new() { Value = { "TENSORS" } } } };
        Assert.Equal(12, (await _client.CallAsync("TraceSetting", TraceSettingResponse.Parser, change)).Status);
        var log = await _client.CallAsync("LogSettings", LogSettingsResponse.Parser, new LogSettingsRequest());
        Assert.True(log.Single.Settings["log_info"].BoolParam);
        var same = new LogSettingsRequest { Settings = { ["log_info"] = new() { BoolParam = true } } };
        Assert.Equal(0, (await _client.CallAsync("LogSettings", LogSettingsResponse.Parser, same)).Status);
        var other = new LogSettingsRequest { Settings = { ["log_info"] = new() { BoolParam = false } } };
        Assert.Equal(12, (await _client.CallAsync("LogSettings", LogSettingsResponse.Parser, other)).Status);
    }

    [Theory]
    [InlineData("System")]
    [InlineData("Cuda")]
    public async Task SharedMemory_Calls_TellThatThereIsNone(string kind)
    {
        var status = await _client.CallAsync(
            $"{kind}SharedMemoryStatus",
            SystemSharedMemoryStatusResponse.Parser,
            new SystemSharedMemoryStatusRequest()
        );
        Assert.Empty(status.Single.Regions);
        var register = await _client.CallAsync(
            $"{kind}SharedMemoryRegister",
            SystemSharedMemoryRegisterResponse.Parser,
            new SystemSharedMemoryRegisterRequest()
        );
        Assert.Equal((12, "shared memory is not offered by this server"), (register.Status, register.Message));
        var unregister = await _client.CallAsync(
            $"{kind}SharedMemoryUnregister",
            SystemSharedMemoryUnregisterResponse.Parser,
            new SystemSharedMemoryUnregisterRequest()
        );
        Assert.Equal(0, unregister.Status);
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("inference.GRPCInferenceService", 1)]
    public async Task Health_KnownService_IsServing(string name, int expected)
    {
        var answer = await _client.CallAsync(
            "grpc.health.v1.Health/Check",
            HealthCheckResponse.Parser,
            new HealthCheckRequest { Service = name }
        );

        Assert.Equal(expected, (int)answer.Single.Status);
    }

    [Fact]
    public async Task Health_UnknownService_IsNotFoundOrWatchedAsUnknown()
    {
        var request = new HealthCheckRequest { Service = "other" };
        var answer = await _client.CallAsync("grpc.health.v1.Health/Check", HealthCheckResponse.Parser, request);
        Assert.Equal((5, "unknown service"), (answer.Status, answer.Message));

        using var watch = await _client.OpenAsync("grpc.health.v1.Health/Watch", HealthCheckResponse.Parser, request);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.ServiceUnknown, (await watch.ReceiveAsync())!.Status);
    }

    [Theory]
    [InlineData("v1")]
    [InlineData("v1alpha")]
    public async Task Reflection_Tools_FindTheFiles(string version)
    {
        ServerReflectionRequest[] requests =
        [
            new() { ListServices = "" },
            new() { FileContainingSymbol = "inference.GRPCInferenceService" },
            new() { FileByFilename = "none.proto" },
        ];

        var answer = await _client.CallAsync(
            $"grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
            ServerReflectionResponse.Parser,
            requests
        );

        Assert.Contains("inference.GRPCInferenceService", answer.Messages[0].ListServicesResponse.Service.Select(service => service.Name));
        Assert.Equal(2, answer.Messages[1].FileDescriptorResponse.FileDescriptorProto.Count);
        Assert.Equal(5, answer.Messages[2].ErrorResponse.ErrorCode);
    }

    [Theory]
    [InlineData("inference.GRPCInferenceService/Nothing")]
    [InlineData("other.Service/Nothing")]
    public async Task Call_Unknown_IsUnimplemented(string method)
    {
        var answer = await _client.CallAsync(method, ServerLiveResponse.Parser, new ServerLiveRequest());

        Assert.Equal((12, $"{method} is not implemented by this server"), (answer.Status, answer.Message));
    }

    [Fact]
    public async Task Call_WithRubbish_EndsWithTheReason()
    {
        var answer = await _client.SendAsync("ModelReady", ModelReadyResponse.Parser, GrpcTestClient.Frame([0x0A, 9]));

        Assert.Equal((3, "the request message is not valid protobuf"), (answer.Status, answer.Message));
    }

    [Fact]
    public async Task Call_OverHttp1OrWithoutItsContentType_IsRefused()
    {
        Assert.Equal(426, (await service.Host.PostAsync("inference.GRPCInferenceService/ServerLive", "")).Status);
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(
            HttpMethod.Post,
            new Uri(service.Host.GrpcUrl, "inference.GRPCInferenceService/ServerLive")
        )
        {
            Version = new Version(2, 0),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new StringContent("{}"),
        };
        using var response = await http.SendAsync(request);
        Assert.Equal(415, (int)response.StatusCode);
    }
}
