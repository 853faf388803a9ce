using Microsoft.ML.OnnxRuntime.Tensors;

namespace Slipway.Inference.Engine.Tensors;

/// <summary>Names, sizes and ONNX Runtime counterparts of <see cref="ElementType"/>.</summary>
public static class ElementTypes
{
    private static readonly string[] WireNames =
    [
        "BOOL",
        "UINT8",
        "UINT16",
        "UINT32",
        "UINT64",
        "INT8",
        "INT16",
        "INT32",
        "INT64",
        "FP16",
        "BF16",
        "FP32",
        "FP64",
        "BYTES",
    ];

    private static readonly int[] Sizes = [1, 1, 2, 4, 8, 1, 2, 4, 8, 2, 2, 4, 8, 0];

    private static readonly TensorElementType[] OnnxTypes =
    [
        TensorElementType.Bool,
        TensorElementType.UInt8,
        TensorElementType.UInt16,
        TensorElementType.UInt32,
        TensorElementType.UInt64,
        TensorElementType.Int8,
        TensorElementType.Int16,
        TensorElementType.Int32,
        TensorElementType.Int64,
        TensorElementType.Float16,
        TensorElementType.BFloat16,
        TensorElementType.Float,
        TensorElementType.Double,
        TensorElementType.String,
    ];

    /// <summary>The datatype name of the Open Inference Protocol, such as <c>FP32</c>.</summary>
    public static string WireName(this ElementType type) => WireNames[(int)type];

    /// <summary>Bytes per element; 0 for <see cref="ElementType.Bytes"/>, whose elements have no fixed size.</summary>
    public static int SizeBytes(this ElementType type) => Sizes[(int)type];

    /// <summary>Finds the type with a datatype name of the Open Inference Protocol; names are upper case.</summary>
    public static bool TryParse(string? wireName, out ElementType type)
    {
        var index = Array.IndexOf(WireNames, wireName);
        type = index < 0 ? default : (ElementType)index;
        return index >= 0;
    }

    /// <summary>The element type that holds <typeparamref name="T"/>; <see cref="ElementType.Bf16"/> has no .NET type and is read as <c>ushort</c>.</summary>
    public static ElementType Of<T>()
        where T : unmanaged =>
        default(T) switch
        {
            bool => ElementType.Bool,
            byte => ElementType.UInt8,
            ushort => ElementType.UInt16,
            uint => ElementType.UInt32,
            ulong => ElementType.UInt64,
            sbyte => ElementType.Int8,
            short => ElementType.Int16,
            int => ElementType.Int32,
            long => ElementType.Int64,
            Half => ElementType.Fp16,
            float => ElementType.Fp32,
            double => ElementType.Fp64,
            _ => throw new NotSupportedException($"No tensor element type holds {typeof(T).Name}."),
        };

    internal static TensorElementType ToOnnx(this ElementType type) => OnnxTypes[(int)type];

    internal static bool TryFromOnnx(TensorElementType onnxType, out ElementType type)
    {
        var index = Array.IndexOf(OnnxTypes, onnxType);
        type = index < 0 ? default : (ElementType)index;
        return index >= 0;
    }
}
