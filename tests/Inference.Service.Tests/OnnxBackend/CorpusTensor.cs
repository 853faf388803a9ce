using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Slipway.Inference.Engine.Onnx;
using OnnxType = Slipway.Inference.Engine.Onnx.TensorProto.Types.DataType;

namespace Slipway.Inference.Service.Tests.OnnxBackend;

/// <summary>A tensor of the corpus, in the bytes that the protocol has for it.</summary>
internal sealed record CorpusTensor(string Name, string Datatype, long[] Shape, byte[] Bytes)
{
    private static readonly Dictionary<OnnxType, (string Name, int Size)> s_types = new()
    {
        [OnnxType.Bool] = ("BOOL", 1),
        [OnnxType.Uint8] = ("UINT8", 1),
        [OnnxType.Uint16] = ("UINT16", 2),
        [OnnxType.Uint32] = ("UINT32", 4),
        [OnnxType.Uint64] = ("UINT64", 8),
        [OnnxType.Int8] = ("INT8", 1),
        [OnnxType.Int16] = ("INT16", 2),
        [OnnxType.Int32] = ("INT32", 4),
        [OnnxType.Int64] = ("INT64", 8),
        [OnnxType.Float16] = ("FP16", 2),
        [OnnxType.Bfloat16] = ("BF16", 2),
        [OnnxType.Float] = ("FP32", 4),
        [OnnxType.Double] = ("FP64", 8),
        [OnnxType.String] = ("BYTES", 0),
    };

    /// <summary>The type's number in ONNX, which is the runtime's, too.</summary>
    public int OnnxNumber => (int)s_types.First(type => type.Value.Name == Datatype).Key;

    public bool IsText => Datatype == "BYTES";

    public static string? NameOf(int onnxNumber) => s_types.TryGetValue((OnnxType)onnxNumber, out var type) ? type.Name : null;

    /// <summary>Reads a tensor; null for a type outside the protocol, or for what is no tensor.</summary>
    public static CorpusTensor? Read(string name, byte[] file)
    {
        var proto = TensorProto.Parser.ParseFrom(file);
        if (!s_types.TryGetValue((OnnxType)proto.DataType, out var type))
        {
            return null;
        }
        return new CorpusTensor(name, type.Name, [.. proto.Dims], BytesOf(proto, (OnnxType)proto.DataType, type.Size));
    }

    public static byte[] JoinTexts(IEnumerable<byte[]> texts)
    {
        var bytes = new MemoryStream();
        Span<byte> length = stackalloc byte[4];
        foreach (var text in texts)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(length, (uint)text.Length);
            bytes.Write(length);
            bytes.Write(text);
        }
        return bytes.ToArray();
    }

    public List<byte[]> Texts()
    {
        var texts = new List<byte[]>();
        for (var rest = Bytes.AsSpan(); rest.Length > 0; )
        {
            var length = (int)BinaryPrimitives.ReadUInt32LittleEndian(rest);
            texts.Add(rest.Slice(4, length).ToArray());
            rest = rest[(4 + length)..];
        }
        return texts;
    }

    /// <summary>The elements as text in JSON; bytes that are no number as they are.</summary>
    public object[] Elements() =>
        Datatype switch
        {
            "BOOL" => [.. Bytes.Select(value => (object)(value != 0))],
            "UINT8" => [.. Bytes.Cast<object>()],
            "UINT16" => Values<ushort>(),
            "UINT32" => Values<uint>(),
            "UINT64" => Values<ulong>(),
            "INT8" => Values<sbyte>(),
            "INT16" => Values<short>(),
            "INT32" => Values<int>(),
            "INT64" => Values<long>(),
            "FP16" => [.. MemoryMarshal.Cast<byte, Half>(Bytes).ToArray().Select(value => (object)(float)value)],
            "BF16" =>
            [
                .. MemoryMarshal
                    .Cast<byte, ushort>(Bytes)
                    .ToArray()
                    .Select(value => (object)BitConverter.UInt32BitsToSingle((uint)value << 16)),
            ],
            "FP32" => Values<float>(),
            "FP64" => Values<double>(),
            _ => [.. Texts()],
        };

    private object[] Values<T>()
        where T : unmanaged => [.. MemoryMarshal.Cast<byte, T>(Bytes).ToArray().Cast<object>()];

    private static byte[] BytesOf(TensorProto proto, OnnxType type, int size)
    {
        if (type == OnnxType.String)
        {
            return JoinTexts(proto.StringData.Select(text => text.ToByteArray()));
        }
        if (proto.RawData.Length > 0)
        {
            return proto.RawData.ToByteArray();
        }
        return type switch
        {
            OnnxType.Float => MemoryMarshal.AsBytes(proto.FloatData.ToArray().AsSpan()).ToArray(),
            OnnxType.Double => MemoryMarshal.AsBytes(proto.DoubleData.ToArray().AsSpan()).ToArray(),
            OnnxType.Int64 => MemoryMarshal.AsBytes(proto.Int64Data.ToArray().AsSpan()).ToArray(),
            OnnxType.Uint64 => MemoryMarshal.AsBytes(proto.Uint64Data.ToArray().AsSpan()).ToArray(),
            OnnxType.Uint32 => [.. proto.Uint64Data.SelectMany(value => BitConverter.GetBytes((uint)value))],
            _ => [.. proto.Int32Data.SelectMany(value => BitConverter.GetBytes(value)[..size])],
        };
    }
}
