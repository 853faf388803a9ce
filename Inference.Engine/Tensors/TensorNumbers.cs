namespace Slipway.Inference.Engine.Tensors;

/// <summary>
/// Moves numbers in and out of tensors of any numeric type. Writing never rounds an integer type or overflows silently: a number that the element type cannot
/// hold is refused, and the caller tells its client.
/// </summary>
public static class TensorNumbers
{
    /// <summary>Element <paramref name="index"/> as a double; 64-bit integers beyond 2^53 lose their last digits.</summary>
    public static double Read(Tensor tensor, int index) =>
        tensor.Type switch
        {
            ElementType.Bool or ElementType.UInt8 => tensor.RawBytes[index],
            ElementType.UInt16 => tensor.AsSpan<ushort>()[index],
            ElementType.UInt32 => tensor.AsSpan<uint>()[index],
            ElementType.UInt64 => tensor.AsSpan<ulong>()[index],
            ElementType.Int8 => tensor.AsSpan<sbyte>()[index],
            ElementType.Int16 => tensor.AsSpan<short>()[index],
            ElementType.Int32 => tensor.AsSpan<int>()[index],
            ElementType.Int64 => tensor.AsSpan<long>()[index],
            ElementType.Fp16 => (double)tensor.AsSpan<Half>()[index],
            ElementType.Bf16 => FromBFloat16(tensor.AsSpan<ushort>()[index]),
            ElementType.Fp32 => tensor.AsSpan<float>()[index],
            ElementType.Fp64 => tensor.AsSpan<double>()[index],
            _ => throw new InvalidOperationException($"Tensor '{tensor.Name}' holds byte strings, not numbers."),
        };

    /// <summary>All elements as doubles.</summary>
    public static double[] ToArray(Tensor tensor)
    {
        var values = new double[tensor.ElementCount];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = Read(tensor, i);
        }

        return values;
    }

    /// <summary>Writes a number; false when the element type cannot hold it (a fraction or NaN for an integer, a magnitude out of range).</summary>
    public static bool TryWrite(Tensor tensor, int index, double value)
    {
        switch (tensor.Type)
        {
            case ElementType.Fp64:
                tensor.AsSpan<double>()[index] = value;
                return true;
            case ElementType.Fp32:
                var single = (float)value;
                tensor.AsSpan<float>()[index] = single;
                return float.IsFinite(single) || !double.IsFinite(value);
            case ElementType.Fp16:
                var half = (Half)value;
                tensor.AsSpan<Half>()[index] = half;
                return Half.IsFinite(half) || !double.IsFinite(value);
            case ElementType.Bf16:
                var upper = ToBFloat16((float)value);
                tensor.AsSpan<ushort>()[index] = upper;
                return float.IsFinite(FromBFloat16(upper)) || !double.IsFinite(value);
            case ElementType.UInt64 when value >= 0 && value < 18446744073709551616.0 && double.IsInteger(value):
                tensor.AsSpan<ulong>()[index] = (ulong)value;
                return true;
            default:
                return double.IsInteger(value)
                    && value >= -9223372036854775808.0
                    && value < 9223372036854775808.0
                    && TryWrite(tensor, index, (long)value);
        }
    }

    /// <summary>Writes an integer exactly; false when the element type cannot hold it.</summary>
    public static bool TryWrite(Tensor tensor, int index, long value)
    {
        switch (tensor.Type)
        {
            case ElementType.Int64:
                tensor.AsSpan<long>()[index] = value;
                return true;
            case ElementType.Int32 when value is >= int.MinValue and <= int.MaxValue:
                tensor.AsSpan<int>()[index] = (int)value;
                return true;
            case ElementType.Int16 when value is >= short.MinValue and <= short.MaxValue:
                tensor.AsSpan<short>()[index] = (short)value;
                return true;
            case ElementType.Int8 when value is >= sbyte.MinValue and <= sbyte.MaxValue:
                tensor.AsSpan<sbyte>()[index] = (sbyte)value;
                return true;
            case ElementType.UInt64 when value >= 0:
                tensor.AsSpan<ulong>()[index] = (ulong)value;
                return true;
            case ElementType.UInt32 when value is >= 0 and <= uint.MaxValue:
                tensor.AsSpan<uint>()[index] = (uint)value;
                return true;
            case ElementType.UInt16 when value is >= 0 and <= ushort.MaxValue:
                tensor.AsSpan<ushort>()[index] = (ushort)value;
                return true;
            case ElementType.UInt8 when value is >= 0 and <= byte.MaxValue:
            case ElementType.Bool when value is 0 or 1:
                tensor.RawBytes[index] = (byte)value;
                return true;
            case ElementType.Fp16 or ElementType.Bf16 or ElementType.Fp32 or ElementType.Fp64:
                return TryWrite(tensor, index, (double)value);
            default:
                return false;
        }
    }

    private static float FromBFloat16(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    private static ushort ToBFloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value))
        {
            return (ushort)((bits >> 16) | 0x40);
        }

        // Round to nearest, ties to even.
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
