using System.Buffers.Binary;
using Google.Protobuf;
using Slipway.Inference.Service.Protos;
using Slipway.Inference.Service.Tests.Grpc;
using Slipway.Inference.Service.Tests.Predictions;
using Slipway.Testing.Fuzzing;

namespace Slipway.Inference.Service.Tests.Fuzzing;

/// <summary>Damaged frames and messages for the readers behind gRPC.</summary>
[Collection(AllocationTests.Alone)]
public sealed class GrpcFuzzTests(FuzzService service) : IClassFixture<FuzzService>
{
    private static readonly byte[][] s_requests =
    [
        Request("linear", "FP32", [1, 2], raw: [0, 0, 128, 63, 0, 0, 0, 64]),
        Request("linear", "FP32", [1, 2], new InferTensorContents { Fp32Contents = { 1, 2 } }),
        Request("FP64", "FP64", [1, 2], new InferTensorContents { Fp64Contents = { 1, 2 } }),
        Request("INT8", "INT8", [3], new InferTensorContents { IntContents = { 1, -2, 300 } }),
        Request("UINT64", "UINT64", [2], new InferTensorContents { Uint64Contents = { 1, ulong.MaxValue } }),
        Request("BOOL", "BOOL", [2], new InferTensorContents { BoolContents = { true, false } }),
        Request("BYTES", "BYTES", [2], new InferTensorContents { BytesContents = { ByteString.CopyFromUtf8("a"), ByteString.Empty } }),
        Request("BYTES", "BYTES", [2], raw: [1, 0, 0, 0, 97, 0, 0, 0, 0]),
        Request("scalar", "FP32", [], raw: [0, 0, 128, 63]),
    ];

    [Fact]
    public async Task ModelInfer_DamagedMessages_AreRefusedClearly()
    {
        var mutator = new Mutator(s_requests, "\x0a\x06linear", "\x2a\x00", "\x3a\x00", "\x22\x00", "x");
        foreach (var (number, random) in FuzzPlan.Cases(2500))
        {
            await service.CallAsync(number, "ModelInfer", GrpcTestClient.Frame(mutator.Next(random)));
        }
        await service.IsServingAsync();
    }

    [Fact]
    public async Task ModelInfer_RandomMessages_AreRefusedClearly()
    {
        foreach (var (number, random) in FuzzPlan.Cases(1500))
        {
            var message = new List<byte>();
            WriteFields(message, random, 0);
            await service.CallAsync(number, random.Next(8) == 0 ? "ModelStreamInfer" : "ModelInfer", GrpcTestClient.Frame([.. message]));
        }
        await service.IsServingAsync();
    }

    [Fact]
    public async Task Calls_DamagedFrames_AreRefusedClearly()
    {
        string[] methods =
        [
            "ModelInfer",
            "ModelStreamInfer",
            "ModelMetadata",
            "ServerReady",
            "ModelStatistics",
            "NoSuchCall",
            "grpc.health.v1.Health/Check",
        ];
        string[] codings = ["gzip", "deflate", "identity", "snappy", ""];
        var mutator = new Mutator([.. s_requests.Select(request => GrpcTestClient.Frame(request))]);
        foreach (var (number, random) in FuzzPlan.Cases(1500))
        {
            var frame = random.Next(3) == 0 ? GrpcTestClient.Frame(s_requests[random.Next(s_requests.Length)]) : mutator.Next(random);
            if (random.Next(3) == 0 && frame.Length >= 5)
            {
                frame[0] = (byte)random.Next(4);
                uint[] lengths = [0, 1, (uint)frame.Length, uint.MaxValue, int.MaxValue, FuzzService.MaxRequestBytes + 1];
                BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), lengths[random.Next(lengths.Length)]);
            }
            (string, string)[] headers = random.Next(3) == 0 ? [("grpc-encoding", codings[random.Next(codings.Length)])] : [];
            await service.CallAsync(number, methods[random.Next(methods.Length)], frame, headers);
        }
        await service.IsServingAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("S")]
    [InlineData("-1S")]
    [InlineData("99999999999999999999H")]
    [InlineData("1X")]
    [InlineData("1.5S")]
    public async Task ModelInfer_DamagedTimeout_IsServedOrRefused(string timeout)
    {
        await service.CallAsync(0, "ModelInfer", GrpcTestClient.Frame(s_requests[0]), ("grpc-timeout", timeout));
        await service.IsServingAsync();
    }

    // A message of many tiny parts: each costs two bytes on the wire, and must not cost many times as much here.
    [Theory]
    [InlineData(0x22)]
    [InlineData(0x2a)]
    [InlineData(0x32)]
    [InlineData(0x3a)]
    public async Task ModelInfer_ManyEmptyParts_AreRefused(byte tag)
    {
        byte[] head = [0x0a, 6, .. "linear"u8];
        var message = new byte[FuzzService.MaxRequestBytes - 100];
        head.CopyTo(message, 0);
        for (var i = head.Length; i + 1 < message.Length; i += 2)
        {
            message[i] = tag;
        }
        var answer = await service.Grpc.SendAsync("ModelInfer", ModelInferResponse.Parser, GrpcTestClient.Frame(message));

        Assert.Equal(3, answer.Status);
        Assert.StartsWith("the request message has more than 16384", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ModelInfer_HugeNames_AreNotRepeatedInTheError()
    {
        var huge = new string('m', 200_000);
        await service.CallAsync(0, "ModelInfer", GrpcTestClient.Frame(Request(huge, "FP32", [1], raw: [0, 0, 0, 0])));
        await service.CallAsync(
            1,
            "ModelMetadata",
            GrpcTestClient.Frame(new ModelMetadataRequest { Name = huge, Version = huge }.ToByteArray())
        );
        await service.CallAsync(2, "ModelInfer", GrpcTestClient.Frame(Request("linear", huge, [1], raw: [0, 0, 0, 0])));
    }

    private static void WriteFields(List<byte> message, Random random, int depth)
    {
        for (var count = random.Next(6); count > 0; count--)
        {
            var field = random.Next(1, 9);
            var wireType = random.Next(4) == 0 ? random.Next(8) : 2;
            WriteVarint(message, (ulong)((field << 3) | wireType));
            switch (wireType)
            {
                case 0:
                    WriteVarint(message, random.Next(3) == 0 ? ulong.MaxValue : (ulong)random.Next(300));
                    break;
                case 2:
                    var inner = new List<byte>();
                    WriteContent(inner, random, field, depth);
                    WriteVarint(message, random.Next(20) == 0 ? (ulong)random.NextInt64() : (ulong)inner.Count);
                    message.AddRange(inner);
                    break;
                default:
                    var fixedBytes = new byte[wireType == 1 ? 8 : 4];
                    random.NextBytes(fixedBytes);
                    message.AddRange(fixedBytes);
                    break;
            }
        }
    }

    private static void WriteContent(List<byte> inner, Random random, int field, int depth)
    {
        string[] words = ["linear", "BYTES", "x", "FP32", "INT8", "y", "timeout", "classification", "sequence_id", "shared_memory_region"];
        if (depth < 4 && field > 3 && random.Next(3) > 0)
        {
            WriteFields(inner, random, depth + 1);
        }
        else if (random.Next(2) == 0)
        {
            inner.AddRange(System.Text.Encoding.UTF8.GetBytes(words[random.Next(words.Length)]));
        }
        else
        {
            var noise = new byte[random.Next(12)];
            random.NextBytes(noise);
            inner.AddRange(noise);
        }
    }

    private static void WriteVarint(List<byte> message, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            message.Add((byte)(value | 0x80));
        }
        message.Add((byte)value);
    }

    private static byte[] Request(string model, string datatype, long[] shape, InferTensorContents? contents = null, byte[]? raw = null)
    {
        var request = new ModelInferRequest
        {
            ModelName = model,
            Inputs =
            {
                new ModelInferRequest.Types.InferInputTensor
                {
                    Name = "x",
                    Datatype = datatype,
                    Shape = { shape },
                    Contents = contents,
                },
            },
        };
        if (raw is not null)
        {
            request.RawInputContents.Add(ByteString.CopyFrom(raw));
        }
        return request.ToByteArray();
    }
}
