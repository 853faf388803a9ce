using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Slipway.Inference.Benchmarks.Models;

/// <summary>One request for each model, in the forms of the protocols. The bytes are made here by hand, so that a mistake of the service's own writers would show.</summary>
internal static class BenchmarkRequests
{
    /// <summary>The Open Inference Protocol in JSON.</summary>
    public static string SimpleJson { get; } =
        $$"""{"inputs":[{"name":"INPUT0","shape":[1,16],"datatype":"INT32","data":[{{Range(1)}}]},{"name":"INPUT1","shape":[1,16],"datatype":"INT32","data":[{{Range(2)}}]}]}""";

    public static string ForestJson { get; } = """{"inputs":[{"name":"X","shape":[1,4],"datatype":"FP32","data":[5.1,3.5,1.4,0.2]}]}""";

    /// <summary>TensorFlow Serving's rows, as the peers take them.</summary>
    public static string ForestInstances { get; } = """{"instances":[[5.1,3.5,1.4,0.2]]}""";

    public static string DenseJson(int width) =>
        $$"""{"inputs":[{"name":"x","shape":[1,{{width}}],"datatype":"FP32","data":[{{string.Join(",", Enumerable.Range(0, width).Select(i => (i % 7 / 7.0).ToString("0.###", CultureInfo.InvariantCulture)))}}]}]}""";

    /// <summary>JSON header and binary tensors; returns the body and the header's length.</summary>
    public static (byte[] Body, int HeaderBytes) SimpleBinary()
    {
        var header = Encoding.UTF8.GetBytes(
            """{"inputs":[{"name":"INPUT0","shape":[1,16],"datatype":"INT32","parameters":{"binary_data_size":64}},{"name":"INPUT1","shape":[1,16],"datatype":"INT32","parameters":{"binary_data_size":64}}],"parameters":{"binary_data_output":true}}"""
        );
        return ([.. header, .. Integers(1), .. Integers(2)], header.Length);
    }

    public static (byte[] Body, int HeaderBytes) DenseBinary(int width)
    {
        var header = Encoding.UTF8.GetBytes(
            $$$"""{"inputs":[{"name":"x","shape":[1,{{{width}}}],"datatype":"FP32","parameters":{"binary_data_size":{{{width * 4}}} }}],"parameters":{"binary_data_output":true}}"""
        );
        return ([.. header, .. Floats(width)], header.Length);
    }

    /// <summary>A <c>ModelInferRequest</c> with its gRPC length prefix.</summary>
    public static byte[] SimpleGrpc(string model) =>
        Grpc(model, [("INPUT0", "INT32", [1, 16], Integers(1)), ("INPUT1", "INT32", [1, 16], Integers(2))]);

    public static byte[] DenseGrpc(string model, int width) => Grpc(model, [("x", "FP32", [1, width], Floats(width))]);

    private static byte[] Grpc(string model, (string Name, string Type, long[] Shape, byte[] Data)[] inputs)
    {
        using var message = new MemoryStream();
        Field(message, 1, Encoding.UTF8.GetBytes(model));
        foreach (var (name, type, shape, _) in inputs)
        {
            using var input = new MemoryStream();
            Field(input, 1, Encoding.UTF8.GetBytes(name));
            Field(input, 2, Encoding.UTF8.GetBytes(type));
            using var packed = new MemoryStream();
            foreach (var dimension in shape)
            {
                Varint(packed, (ulong)dimension);
            }

            Field(input, 3, packed.ToArray());
            Field(message, 5, input.ToArray());
        }

        foreach (var input in inputs)
        {
            Field(message, 7, input.Data);
        }

        var prefix = new byte[5];
        BinaryPrimitives.WriteUInt32BigEndian(prefix.AsSpan(1), (uint)message.Length);
        return [.. prefix, .. message.ToArray()];
    }

    private static void Field(MemoryStream to, int number, byte[] bytes)
    {
        Varint(to, (ulong)((number << 3) | 2));
        Varint(to, (ulong)bytes.Length);
        to.Write(bytes);
    }

    private static void Varint(MemoryStream to, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            to.WriteByte((byte)(value | 0x80));
        }

        to.WriteByte((byte)value);
    }

    private static string Range(int factor) => string.Join(",", Enumerable.Range(0, 16).Select(i => i * factor));

    private static byte[] Integers(int factor) => [.. Enumerable.Range(0, 16).SelectMany(i => BitConverter.GetBytes(i * factor))];

    private static byte[] Floats(int width) => [.. Enumerable.Range(0, width).SelectMany(i => BitConverter.GetBytes(i % 7 / 7f))];
}
