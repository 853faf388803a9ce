using System.Numerics;
using System.Text;
using Slipway.Inference.Service.Json;

namespace Slipway.Inference.Service.Grpc;

/// <summary>Writes the fields of protobuf messages into a buffer.</summary>
internal static class ProtoWriter
{
    /// <summary>The bytes of a length whose value is only known later.</summary>
    public const int LateLengthBytes = 5;

    public static int SizeOf(ulong value) => ((BitOperations.Log2(value | 1) / 7) + 1);

    public static int SizeOfDelimited(int field, long length) => SizeOf((ulong)field << 3) + SizeOf((ulong)length) + (int)length;

    public static void WriteVarint(PooledBuffer buffer, ulong value)
    {
        var span = buffer.GetSpan(10);
        var count = 0;
        while (value >= 0x80)
        {
            span[count++] = (byte)(value | 0x80);
            value >>= 7;
        }
        span[count++] = (byte)value;
        buffer.Advance(count);
    }

    /// <summary>The tag and length of a delimited field; its bytes follow.</summary>
    public static void BeginDelimited(PooledBuffer buffer, int field, long length)
    {
        WriteVarint(buffer, ((ulong)field << 3) | ProtoReader.Delimited);
        WriteVarint(buffer, (ulong)length);
    }

    public static void WriteBytes(PooledBuffer buffer, int field, ReadOnlySpan<byte> bytes)
    {
        BeginDelimited(buffer, field, bytes.Length);
        buffer.Write(bytes);
    }

    /// <summary>A text; an empty one, which is the default, is left out.</summary>
    public static void WriteText(PooledBuffer buffer, int field, string text)
    {
        if (text.Length == 0)
        {
            return;
        }
        var length = Encoding.UTF8.GetByteCount(text);
        BeginDelimited(buffer, field, length);
        Encoding.UTF8.GetBytes(text, buffer.GetSpan(length));
        buffer.Advance(length);
    }

    /// <summary>Begins a nested message of a length that is not known; returns where it begins, for <see cref="EndLate"/>.</summary>
    public static int BeginLate(PooledBuffer buffer, int field)
    {
        WriteVarint(buffer, ((ulong)field << 3) | ProtoReader.Delimited);
        buffer.GetSpan(LateLengthBytes);
        buffer.Advance(LateLengthBytes);
        return buffer.Length;
    }

    /// <summary>Fills in the length of a nested message; a varint may have more bytes than it needs.</summary>
    public static void EndLate(PooledBuffer buffer, int start, long length)
    {
        var span = buffer.Rewrite(start - LateLengthBytes, LateLengthBytes);
        for (var i = 0; i < LateLengthBytes - 1; i++)
        {
            span[i] = (byte)(length | 0x80);
            length >>= 7;
        }
        span[LateLengthBytes - 1] = (byte)length;
    }
}
