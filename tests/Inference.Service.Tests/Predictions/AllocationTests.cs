using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.InteropServices;
using System.Text;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Slipway.Inference.Service.Grpc;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.Protos;
using Slipway.Inference.Service.Tests.Grpc;
using Slipway.Inference.Service.V2;

namespace Slipway.Inference.Service.Tests.Predictions;

/// <summary>What a request allocates does not grow with its tensors: they go through leased memory, whatever the wire.</summary>
[Collection(AllocationTests.Alone)]
public sealed class AllocationTests(GrpcService service) : IClassFixture<GrpcService>
{
    public const string Alone = "measures allocations, so that nothing else may run";

    private const int SmallCount = 16;
    private const int LargeCount = 1 << 20;
    private const int Requests = 8;
    private const int Rounds = 5;

    [Theory]
    [InlineData("json")]
    [InlineData("binary")]
    [InlineData("grpc")]
    public async Task Answer_LargeTensor_AllocatesNoMoreThanASmallOne(string wire)
    {
        var small = Body(wire, SmallCount);
        var large = Body(wire, LargeCount);
        await MeasureAsync(wire, large);
        await MeasureAsync(wire, small);

        var forSmall = await MeasureAsync(wire, small);
        var forLarge = 0L;
        for (var round = 0; round < Rounds; round++)
        {
            // What survives and what does not, and on which thread a request goes on, makes no difference.
            GC.Collect();
            forLarge = Math.Max(forLarge, await MeasureAsync(wire, large));
        }

        // The tensor has 4 MiB; what differs is the bookkeeping of more pieces.
        Assert.InRange(forLarge - forSmall, long.MinValue, 128 * 1024);
    }

    private static byte[] Body(string wire, int count)
    {
        var values = new float[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = i % 100;
        }
        var bytes = MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
        var head =
            $$"""{"id":"a","parameters":{"binary_data_output":{{(wire == "binary" ? "true" : "false")}}},"inputs":[{"name":"x","datatype":"FP32","shape":[1,{{count}}],""";
        return wire switch
        {
            "json" => Encoding.UTF8.GetBytes($"{head}\"data\":[{string.Join(',', values)}]}}]}}"),
            "binary" => [.. Encoding.UTF8.GetBytes(head + BinarySize(bytes.Length)), .. bytes],
            _ => new ModelInferRequest
            {
                ModelName = "wide",
                Id = "a",
                Inputs =
                {
                    new ModelInferRequest.Types.InferInputTensor
                    {
                        Name = "x",
                        Datatype = "FP32",
                        Shape = { 1, count },
                    },
                },
                RawInputContents = { ByteString.CopyFrom(bytes) },
            }.ToByteArray(),
        };
    }

    private static string BinarySize(int bytes) => $"\"parameters\":{{\"binary_data_size\":{bytes}}}}}]}}";

    private async Task<long> MeasureAsync(string wire, byte[] body)
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < Requests; i++)
        {
            await AnswerAsync(wire, body);
        }
        return (GC.GetTotalAllocatedBytes(precise: true) - before) / Requests;
    }

    private async Task AnswerAsync(string wire, byte[] body)
    {
        var core = service.Host.Get<PredictionCore>();
        var buffers = service.Host.Get<AnswerBuffers>();
        var context = new DefaultHttpContext();
        context.Features.Set<IRequestBodyPipeFeature>(new Received(body));
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(Stream.Null));
        PredictionOutcome outcome;
        if (wire == "grpc")
        {
            var reader = PipeReader.Create(new ReadOnlySequence<byte>(body));
            // The exchange owns it.
            var message = new GrpcMessage(reader, (await reader.ReadAsync()).Buffer);
            using var exchange = new GrpcExchange(new GrpcCall(context, int.MaxValue), message, buffers, isStreamed: false);
            outcome = await core.AnswerAsync(exchange, exchange.ModelName, exchange.ModelVersion, CancellationToken.None);
        }
        else
        {
            if (wire == "binary")
            {
                var length = body.AsSpan().IndexOf("}]}"u8) + 3;
                context.Request.Headers["Inference-Header-Content-Length"] = $"{length}";
            }
            using var exchange = new HttpExchange(context, new V2Protocol(), buffers, new InferenceOptions());
            outcome = await core.AnswerAsync(exchange, "wide", null, CancellationToken.None);
        }
        Assert.Equal("", outcome.Error);
    }

    private sealed class Received(byte[] body) : IRequestBodyPipeFeature
    {
        public PipeReader Reader { get; } = PipeReader.Create(new ReadOnlySequence<byte>(body));
    }
}

/// <summary>Runs by itself.</summary>
[CollectionDefinition(AllocationTests.Alone, DisableParallelization = true)]
public sealed class AloneCollection;
