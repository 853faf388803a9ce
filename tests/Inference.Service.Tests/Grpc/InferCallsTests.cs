using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Slipway.Contracts.Inference;
using Slipway.Inference.Service.Protos;
using Slipway.Inference.Service.Tests.Hosting;
using Slipway.Testing;
using Input = Slipway.Inference.Service.Protos.ModelInferRequest.Types.InferInputTensor;
using Output = Slipway.Inference.Service.Protos.ModelInferRequest.Types.InferRequestedOutputTensor;

namespace Slipway.Inference.Service.Tests.Grpc;

public sealed class InferCallsTests(GrpcService service) : IClassFixture<GrpcService>
{
    private readonly GrpcTestClient _client = service.Client;
    private readonly InferenceHost _host = service.Host;

    /// <summary>The bytes of each type, and the same elements in the list that the protocol has for it.</summary>
    public static TheoryData<string, int, byte[], string> Elements =>
        new()
        {
            { "BOOL", 3, [1, 0, 1], """{"boolContents":[true,false,true]}""" },
            { "UINT8", 2, [7, 255], """{"uintContents":[7,255]}""" },
            { "UINT16", 2, Bytes<ushort>(7, ushort.MaxValue), """{"uintContents":[7,65535]}""" },
            { "UINT32", 2, Bytes<uint>(7, uint.MaxValue), """{"uintContents":[7,4294967295]}""" },
            { "UINT64", 2, Bytes<ulong>(7, ulong.MaxValue), """{"uint64Contents":["7","18446744073709551615"]}""" },
            { "INT8", 2, Bytes<sbyte>(-128, 127), """{"intContents":[-128,127]}""" },
            { "INT16", 2, Bytes<short>(-7, short.MaxValue), """{"intContents":[-7,32767]}""" },
            { "INT32", 2, Bytes(-7, int.MaxValue), """{"intContents":[-7,2147483647]}""" },
            { "INT64", 2, Bytes(long.MinValue, 9007199254740993), """{"int64Contents":["-9223372036854775808","9007199254740993"]}""" },
            { "FP32", 3, Bytes(1.5f, float.NaN, float.NegativeInfinity), """{"fp32Contents":[1.5,"NaN","-Infinity"]}""" },
            { "FP64", 2, Bytes(0.1, double.PositiveInfinity), """{"fp64Contents":[0.1,"Infinity"]}""" },
            { "BYTES", 3, [1, 0, 0, 0, 0x61, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0xFF], """{"bytesContents":["YQ==","","AP8="]}""" },
            { "FP32", 0, [], "{}" },
            { "BYTES", 0, [], "{}" },
        };

    [Theory]
    [MemberData(nameof(Elements))]
    public async Task ModelInfer_RawAndTypedContents_ComeBackAsTheyWere(string type, int count, byte[] bytes, string contents)
    {
        var raw = Request(type, type, [count]);
        raw.RawInputContents.Add(ByteString.CopyFrom(bytes));
        var typed = Request(type, type, [count]);
        typed.Inputs[0].Contents = InferTensorContents.Parser.ParseJson(contents);

        foreach (var request in (ModelInferRequest[])[raw, typed])
        {
            var answer = await InferAsync(request);

            Assert.Equal((0, ""), (answer.Status, answer.Message));
            var output = Assert.Single(answer.Single.Outputs);
            Assert.Equal(("y", type), (output.Name, output.Datatype));
            Assert.Equal([count], output.Shape);
            Assert.Equal(bytes, answer.Single.RawOutputContents.Single().ToByteArray());
        }
    }

    [Theory]
    [InlineData("FP16", new byte[] { 0, 0x3C, 0, 0x7C })]
    [InlineData("BF16", new byte[] { 0x80, 0x3F, 0x80, 0x7F })]
    public async Task ModelInfer_HalfPrecision_IsRawOnly(string type, byte[] bytes)
    {
        var raw = Request(type, type, [2]);
        raw.RawInputContents.Add(ByteString.CopyFrom(bytes));
        var typed = Request(type, type, [2]);
        typed.Inputs[0].Contents = new InferTensorContents { Fp32Contents = { 1, 2 } };

        Assert.Equal(bytes, (await InferAsync(raw)).Single.RawOutputContents.Single().ToByteArray());
        var refused = await InferAsync(typed);
        Assert.Equal(
            (3, $"{type} data of input 'x' for model '{type}' must come as raw_input_contents"),
            (refused.Status, refused.Message)
        );
    }

    [Fact]
    public async Task ModelInfer_UnpackedLists_AreRead()
    {
        // Field 6 twice with its own tag (fixed32), as proto2 writers and some hand-made ones send it.
        byte[] contents = [0x35, 0, 0, 0x80, 0x3F, 0x35, 0, 0, 0, 0x40];
        byte[] input = [0x0A, 1, (byte)'x', 0x12, 4, .. "FP32"u8, 0x18, 2, 0x2A, (byte)contents.Length, .. contents];
        byte[] message = [0x0A, 4, .. "FP32"u8, 0x2A, (byte)input.Length, .. input];

        var answer = await _client.SendAsync("ModelInfer", ModelInferResponse.Parser, GrpcTestClient.Frame(message));

        Assert.Equal(Bytes(1f, 2f), answer.Single.RawOutputContents.Single().ToByteArray());
    }

    [Fact]
    public async Task ModelInfer_Scalar_KeepsItsRank()
    {
        var request = Request("scalar", "FP32", []);
        request.RawInputContents.Add(ByteString.CopyFrom(Bytes(7f)));

        var answer = await InferAsync(request);

        Assert.Empty(answer.Single.Outputs[0].Shape);
        Assert.Equal(Bytes(7f), answer.Single.RawOutputContents[0].ToByteArray());
    }

    [Fact]
    public async Task ModelInfer_ByEndpoint_SaysWhatAnsweredAndIsLoggedFirst()
    {
        var request = Linear(1, 2);
        request.ModelName = "demand";
        request.Id = "grpc-1";
        request.Parameters["event_time"] = new InferParameter { StringParam = "2011-07-01" };

        var answer = await InferAsync(request);

        Assert.Equal(("demand", "3", "grpc-1"), (answer.Single.ModelName, answer.Single.ModelVersion, answer.Single.Id));
        Assert.Equal("linear/3", answer.Response.Headers.GetValues(PredictionHeaders.ServedBy).Single());
        Assert.Equal("grpc-1", answer.Response.Headers.GetValues(PredictionHeaders.PredictionId).Single());
        var record = (await _host.LoggedAsync("grpc-1", 1))[0];
        Assert.Equal(("demand", "linear", 3), (record.Endpoint, record.Model, record.Version));
        Assert.Equal(new DateTimeOffset(2011, 7, 1, 0, 0, 0, TimeSpan.Zero), record.At);
    }

    [Theory]
    [InlineData("", "3")]
    [InlineData("-1", "3")]
    [InlineData("3", "3")]
    public async Task ModelInfer_Version_IsChosen(string asked, string answered)
    {
        var request = Linear(1, 2);
        request.ModelVersion = asked;

        Assert.Equal(answered, (await InferAsync(request)).Single.ModelVersion);
    }

    [Fact]
    public async Task ModelInfer_RequestedOutputsAndClasses_AreThose()
    {
        var request = Request("classes", "FP32", [2, 1]);
        request.RawInputContents.Add(ByteString.CopyFrom(Bytes(0.25f, 0.75f)));
        request.Outputs.Add(
            new Output { Name = "probabilities", Parameters = { ["classification"] = new InferParameter { Int64Param = 1 } } }
        );

        var answer = await InferAsync(request);

        var output = Assert.Single(answer.Single.Outputs);
        Assert.Equal(("probabilities", "BYTES"), (output.Name, output.Datatype));
        Assert.Equal([2, 1], output.Shape);
        byte[] expected = [10, 0, 0, 0, .. "0.750000:0"u8, 10, 0, 0, 0, .. "0.750000:1"u8];
        Assert.Equal(expected, answer.Single.RawOutputContents.Single().ToByteArray());
    }

    [Fact]
    public async Task ModelInfer_LargeTensor_GoesThroughWhole()
    {
        var values = new float[3_000_000];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = i;
        }
        var request = Request("wide", "FP32", [1, values.Length]);
        request.RawInputContents.Add(ByteString.CopyFrom(Bytes(values)));

        var answer = await InferAsync(request);

        Assert.True(answer.Single.RawOutputContents.Single().Span.SequenceEqual(Bytes(values)));
    }

    public static TheoryData<string, string> Unfitting =>
        new()
        {
            { """{"modelName":"none"}""", "5 Request for unknown model: 'none' is not found" },
            { """{"modelName":"linear","modelVersion":"9"}""", "5 Request for unknown model: 'linear' version 9 is not found" },
            {
                """{"modelName":"linear"}""",
                "3 expected 1 inputs but got 0 inputs for model 'linear'. Got input(s) [], but missing required input(s) ['x']. Please provide all required input(s)."
            },
            {
                """{"modelName":"linear","inputs":[{"name":"z","datatype":"FP32","shape":[1,2]}]}""",
                "3 unexpected inference input 'z' for model 'linear'"
            },
            {
                """{"modelName":"linear","inputs":[{"name":"x","datatype":"INT32","shape":[1,2]}]}""",
                "3 inference input 'x' data-type is 'INT32', but model 'linear' expects 'FP32'"
            },
            {
                """{"modelName":"linear","inputs":[{"name":"x","datatype":"FP32","shape":[1,3]}]}""",
                "3 unexpected shape for input 'x' for model 'linear'. Expected [-1,2], got [1,3]."
            },
            {
                """{"modelName":"linear","inputs":[{"name":"x","datatype":"FP32","shape":[-1,2]}]}""",
                "3 unexpected shape for input 'x' for model 'linear'. Expected [-1,2], got [-1,2]."
            },
            {
                """{"modelName":"linear","inputs":[{"name":"x","datatype":"FP32","shape":[1,2]}],"rawInputContents":["AAAAAAAAAAAAAAAA"]}""",
                "3 input byte size mismatch for input 'x' for model 'linear'. Expected 8, got 12"
            },
            {
                """{"modelName":"linear","inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"contents":{"fp32Contents":[1]}}]}""",
                "3 input byte size mismatch for input 'x' for model 'linear'. Expected 8, got 4"
            },
            {
                """{"modelName":"linear","inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"contents":{"intContents":[1,2]}}]}""",
                "3 unexpected explicit tensor data for input 'x' for model 'linear': its data-type is FP32"
            },
            {
                """{"modelName":"linear","inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"contents":{"fp32Contents":[1,2]}}],"rawInputContents":["AAAAAAAAAAA="]}""",
                "3 contents field must not be specified when using raw_input_contents for 'x' for model 'linear'"
            },
            {
                """{"modelName":"linear","inputs":[{"name":"x","datatype":"FP32","shape":[1,2]}],"rawInputContents":["AAAAAAAAAAA=","AA=="]}""",
                "3 expected 1 raw_input_contents, one for each input, got 2 for model 'linear'"
            },
            {
                """{"modelName":"INT8","inputs":[{"name":"x","datatype":"INT8","shape":[1],"contents":{"intContents":[128]}}]}""",
                "3 input 'x' expects INT8 values, got 128"
            },
            {
                """{"modelName":"BYTES","inputs":[{"name":"x","datatype":"BYTES","shape":[2],"contents":{"bytesContents":["AA=="]}}]}""",
                "3 expected 2 string elements for inference input 'x' for model 'BYTES', got 1"
            },
            {
                """{"modelName":"BYTES","inputs":[{"name":"x","datatype":"BYTES","shape":[1]}],"rawInputContents":["AgAAAGE="]}""",
                "3 incomplete string data for inference input 'x' for model 'BYTES', expecting string of length 2 but only 1 bytes available"
            },
            {
                """{"modelName":"BYTES","inputs":[{"name":"x","datatype":"BYTES","shape":[1]}],"rawInputContents":["AQAAAGEBAAAAYg=="]}""",
                "3 unexpected number of string elements 2 for inference input 'x' for model 'BYTES', expecting 1"
            },
            {
                """{"modelName":"BYTES","inputs":[{"name":"x","datatype":"BYTES","shape":[1000000000]}],"rawInputContents":["AQAAAGE="]}""",
                "3 expected 1000000000 string elements for inference input 'x' for model 'BYTES', got 1"
            },
            {
                """{"modelName":"FP32","inputs":[{"name":"x","datatype":"FP32","shape":["9223372036854775807"]}]}""",
                "3 byte size overflow for input 'x' of shape [9223372036854775807]"
            },
            {
                """{"modelName":"linear","inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"contents":{"fp32Contents":[1,2]}}],"outputs":[{"name":"z"}]}""",
                "3 unexpected inference output 'z' for model 'linear'"
            },
            {
                """{"modelName":"linear","inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"contents":{"fp32Contents":[1,2]}}],"outputs":[{"name":"y"},{"name":"y"}]}""",
                "3 Duplicate output name 'y' is not allowed in a request"
            },
            {
                """{"modelName":"linear","inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"parameters":{"shared_memory_region":{"stringParam":"r"}}}]}""",
                "3 'x' asks for shared memory, which this server does not offer (see ServerMetadata)"
            },
        };

    [Theory]
    [MemberData(nameof(Unfitting))]
    public async Task ModelInfer_UnfittingRequest_EndsWithTheReason(string request, string expected)
    {
        var answer = await InferAsync(ModelInferRequest.Parser.ParseJson(request));

        Assert.Equal(expected, $"{answer.Status} {answer.Message}");
    }

    [Theory]
    [InlineData(new byte[] { 0x0A }, "the request message is not valid protobuf")]
    [InlineData(new byte[] { 0x0A, 200, 1 }, "the request message is not valid protobuf")]
    [InlineData(
        new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF },
        "the request message is not valid protobuf"
    )]
    public async Task ModelInfer_Rubbish_EndsWithTheReason(byte[] message, string expected)
    {
        var answer = await _client.SendAsync("ModelInfer", ModelInferResponse.Parser, GrpcTestClient.Frame(message));

        Assert.Equal((3, expected), (answer.Status, answer.Message));
    }

    [Fact]
    public async Task ModelInfer_TruncatedFrame_EndsWithTheReason()
    {
        var answer = await _client.SendAsync("ModelInfer", ModelInferResponse.Parser, [0, 0, 0, 0, 9, 1]);

        Assert.Equal((3, "the stream ends within a message"), (answer.Status, answer.Message));
    }

    [Fact]
    public async Task ModelInfer_MessageBeyondTheLimit_IsExhausted()
    {
        var prefix = new byte[5];
        BinaryPrimitives.WriteUInt32BigEndian(prefix.AsSpan(1), 20_000_001);

        var answer = await _client.SendAsync("ModelInfer", ModelInferResponse.Parser, prefix);

        Assert.Equal((8, "the message exceeds the limit of 20000000 bytes (Inference:MaxRequestBytes)"), (answer.Status, answer.Message));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task ModelInfer_EncodedMessage_IsDecoded(string coding)
    {
        var message = Encode(Linear(1, 2).ToByteArray(), coding);

        var answer = await _client.SendAsync(
            "ModelInfer",
            ModelInferResponse.Parser,
            GrpcTestClient.Frame(message, isEncoded: true),
            ("grpc-encoding", coding)
        );

        Assert.Equal((0, ""), (answer.Status, answer.Message));
        Assert.Equal(Bytes(9f), answer.Single.RawOutputContents.Single().ToByteArray());
    }

    [Fact]
    public async Task ModelInfer_EncodedBeyondTheLimit_IsExhausted()
    {
        var message = Encode(new byte[20_000_001], "gzip");

        var answer = await _client.SendAsync(
            "ModelInfer",
            ModelInferResponse.Parser,
            GrpcTestClient.Frame(message, isEncoded: true),
            ("grpc-encoding", "gzip")
        );

        Assert.Equal(8, answer.Status);
    }

    [Fact]
    public async Task ModelInfer_UnknownEncoding_SaysWhichThereAre()
    {
        var answer = await _client.SendAsync(
            "ModelInfer",
            ModelInferResponse.Parser,
            GrpcTestClient.Frame([1, 2, 3], isEncoded: true),
            ("grpc-encoding", "snappy")
        );

        Assert.Equal((12, "'grpc-encoding: snappy' is not supported"), (answer.Status, answer.Message));
        Assert.Equal("identity,gzip,deflate", answer.Response.Headers.GetValues("grpc-accept-encoding").Single());
    }

    [Fact]
    public async Task ModelInfer_Deadline_StopsTheRun()
    {
        var answer = await InferAsync(Endless(), ("grpc-timeout", "200m"));

        Assert.Equal((4, "model 'endless': the request's time limit passed (Request timeout expired)"), (answer.Status, answer.Message));
        await NothingRunsAsync();
    }

    [Fact]
    public async Task ModelInfer_TimeoutParameter_StopsTheRun()
    {
        var request = Endless();
        request.Parameters["timeout"] = new InferParameter { Int64Param = 200_000 };

        Assert.Equal(4, (await InferAsync(request)).Status);
    }

    [Fact]
    public async Task ModelInfer_CallerLeaves_StopsTheRun()
    {
        using var http = new HttpClient { BaseAddress = _host.GrpcUrl };
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        using var request = new HttpRequestMessage(HttpMethod.Post, "inference.GRPCInferenceService/ModelInfer")
        {
            Version = new Version(2, 0),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(GrpcTestClient.Frame(Endless().ToByteArray())),
        };
        request.Content.Headers.ContentType = new("application/grpc");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => http.SendAsync(request, patience.Token));

        await NothingRunsAsync();
    }

    [Fact]
    public async Task ModelStreamInfer_ErrorsBetween_LeaveTheStreamOpen()
    {
        using var stream = await _client.OpenAsync("ModelStreamInfer", ModelStreamInferResponse.Parser);
        var wrong = Linear(1, 2);
        wrong.Id = "w";
        wrong.Inputs[0].Name = "z";

        await stream.SendAsync(Linear(1, 2));
        var first = await stream.ReceiveAsync();
        await stream.SendAsync(wrong);
        var second = await stream.ReceiveAsync();
        await stream.SendAsync(Linear(3, 4));
        var third = await stream.ReceiveAsync();

        Assert.Equal("", first!.ErrorMessage);
        Assert.Equal(Bytes(9f), first.InferResponse.RawOutputContents.Single().ToByteArray());
        Assert.Equal(("unexpected inference input 'z' for model 'linear'", "w"), (second!.ErrorMessage, second.InferResponse.Id));
        Assert.Equal(Bytes(19f), third!.InferResponse.RawOutputContents.Single().ToByteArray());
        Assert.Equal((0, ""), await stream.CompleteAsync());
    }

    [Fact]
    public async Task ModelStreamInfer_WithGrpcErrors_EndsAtTheFirst()
    {
        using var stream = await _client.OpenAsync("ModelStreamInfer", ModelStreamInferResponse.Parser, ("triton_grpc_error", "true"));
        var wrong = Linear(1, 2);
        wrong.ModelName = "none";

        await stream.SendAsync(wrong);

        Assert.Null(await stream.ReceiveAsync());
        Assert.Equal((5, "Request for unknown model: 'none' is not found"), await stream.CompleteAsync());
    }

    [Fact]
    public async Task ModelStreamInfer_ManyAtOnce_AnswersAllInOrder()
    {
        var requests = Enumerable.Range(0, 300).Select(i => Linear(i, 0)).ToArray();

        var answer = await _client.CallAsync("ModelStreamInfer", ModelStreamInferResponse.Parser, requests);

        Assert.Equal(0, answer.Status);
        Assert.Equal(
            Enumerable.Range(0, 300).Select(i => (i * 2f) + 1),
            answer.Messages.Select(message => MemoryMarshal.Read<float>(message.InferResponse.RawOutputContents[0].Span))
        );
    }

    private static ModelInferRequest Linear(float first, float second)
    {
        var request = Request("linear", "FP32", [1, 2]);
        request.RawInputContents.Add(ByteString.CopyFrom(Bytes(first, second)));
        return request;
    }

    private static ModelInferRequest Endless()
    {
        var request = Linear(1, 2);
        request.ModelName = "endless";
        return request;
    }

    private static ModelInferRequest Request(string model, string type, long[] shape) =>
        new()
        {
            ModelName = model,
            Inputs =
            {
                new Input
                {
                    Name = "x",
                    Datatype = type,
                    Shape = { shape },
                },
            },
        };

    private static byte[] Bytes<T>(params T[] values)
        where T : unmanaged => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();

    private static byte[] Encode(byte[] bytes, string coding)
    {
        var target = new MemoryStream();
        using (
            Stream encoder =
                coding == "gzip" ? new GZipStream(target, CompressionLevel.Fastest) : new ZLibStream(target, CompressionLevel.Fastest)
        )
        {
            encoder.Write(bytes);
        }
        return target.ToArray();
    }

    private Task<GrpcAnswer<ModelInferResponse>> InferAsync(ModelInferRequest request, params (string Name, string Value)[] headers) =>
        _client.CallAsync("ModelInfer", ModelInferResponse.Parser, request, headers);

    private Task NothingRunsAsync() =>
        Eventually.TrueAsync(async () =>
            (await _host.GetAsync("metrics")).Body.Contains("slipway_inference_active_requests 0", StringComparison.Ordinal)
        );
}
