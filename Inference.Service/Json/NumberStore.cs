using System.Runtime.InteropServices;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Service.Json;

/// <summary>Puts JSON numbers into the elements of a tensor without rounding whole numbers or overflowing silently.</summary>
internal static class NumberStore
{
    /// <summary>Writes element <paramref name="index"/>; false when the type cannot hold the number.</summary>
    public static bool TryStore(ElementType type, Span<byte> elements, int index, in JsonNumber number)
    {
        switch (type)
        {
            case ElementType.Fp32:
                var single = number.ToSingle();
                MemoryMarshal.Cast<byte, float>(elements)[index] = single;
                return float.IsFinite(single) || number.IsSpecial;
            case ElementType.Fp64:
                var value = number.ToDouble();
                MemoryMarshal.Cast<byte, double>(elements)[index] = value;
                return double.IsFinite(value) || number.IsSpecial;
            case ElementType.Fp16:
                var half = (Half)number.ToDouble();
                MemoryMarshal.Cast<byte, Half>(elements)[index] = half;
                return Half.IsFinite(half) || number.IsSpecial;
            case ElementType.Bf16:
                return TryStoreBFloat16(elements, index, number);
            default:
                return number.TryToInteger(out var magnitude, out var isNegative)
                    && TryStoreInteger(type, elements, index, magnitude, isNegative);
        }
    }

    /// <summary>Writes NaN into element <paramref name="index"/>: a missing value; false for the types that have none.</summary>
    public static bool TryStoreMissing(ElementType type, Span<byte> elements, int index) =>
        TryStore(type, elements, index, new JsonNumber(default, double.NaN));

    private static bool TryStoreInteger(ElementType type, Span<byte> elements, int index, ulong magnitude, bool isNegative)
    {
        if (type == ElementType.UInt64)
        {
            MemoryMarshal.Cast<byte, ulong>(elements)[index] = magnitude;
            return !isNegative;
        }
        if (magnitude > (isNegative ? 1UL << 63 : long.MaxValue))
        {
            return false;
        }
        var value = isNegative ? unchecked(-(long)magnitude) : (long)magnitude;
        switch (type)
        {
            case ElementType.Int64:
                MemoryMarshal.Cast<byte, long>(elements)[index] = value;
                return true;
            case ElementType.Int32:
                MemoryMarshal.Cast<byte, int>(elements)[index] = unchecked((int)value);
                return value is >= int.MinValue and <= int.MaxValue;
            case ElementType.Int16:
                MemoryMarshal.Cast<byte, short>(elements)[index] = unchecked((short)value);
                return value is >= short.MinValue and <= short.MaxValue;
            case ElementType.Int8:
                elements[index] = unchecked((byte)value);
                return value is >= sbyte.MinValue and <= sbyte.MaxValue;
            case ElementType.UInt32:
                MemoryMarshal.Cast<byte, uint>(elements)[index] = unchecked((uint)value);
                return value is >= 0 and <= uint.MaxValue;
            case ElementType.UInt16:
                MemoryMarshal.Cast<byte, ushort>(elements)[index] = unchecked((ushort)value);
                return value is >= 0 and <= ushort.MaxValue;
            case ElementType.UInt8:
                elements[index] = unchecked((byte)value);
                return value is >= 0 and <= byte.MaxValue;
            case ElementType.Bool:
                elements[index] = unchecked((byte)value);
                return value is 0 or 1;
            default:
                return false;
        }
    }

    private static bool TryStoreBFloat16(Span<byte> elements, int index, in JsonNumber number)
    {
        var single = number.ToSingle();
        var bits = BitConverter.SingleToUInt32Bits(single);
        // To nearest, ties to even; a NaN keeps a bit of its payload.
        var upper = float.IsNaN(single) ? (ushort)((bits >> 16) | 0x40) : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
        MemoryMarshal.Cast<byte, ushort>(elements)[index] = upper;
        return float.IsFinite(BitConverter.UInt32BitsToSingle((uint)upper << 16)) || number.IsSpecial;
    }
}
