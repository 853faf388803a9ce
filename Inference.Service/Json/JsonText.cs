using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Service.Json;

/// <summary>Writes JSON into a <see cref="PooledBuffer"/>: strings, and tensor elements in the form that the protocols have.</summary>
internal static class JsonText
{
    private static readonly SearchValues<byte> s_escaped = SearchValues.Create([
        .. Enumerable.Range(0, 32).Select(i => (byte)i),
        (byte)'"',
        (byte)'\\',
    ]);

    /// <summary>A string of UTF-8 text; what is not UTF-8 becomes U+FFFD.</summary>
    public static void WriteString(PooledBuffer buffer, ReadOnlySpan<byte> text)
    {
        if (!Utf8.IsValid(text))
        {
            text = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(text));
        }
        buffer.Write((byte)'"');
        while (text.IndexOfAny(s_escaped) is var next && next >= 0)
        {
            buffer.Write(text[..next]);
            WriteEscape(buffer, text[next]);
            text = text[(next + 1)..];
        }
        buffer.Write(text);
        buffer.Write((byte)'"');
    }

    /// <inheritdoc cref="WriteString(PooledBuffer, ReadOnlySpan{byte})" />
    public static void WriteString(PooledBuffer buffer, string text)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        WriteString(buffer, bytes.AsSpan(0, Encoding.UTF8.GetBytes(text, bytes)));
        ArrayPool<byte>.Shared.Return(bytes);
    }

    /// <summary>Bytes as a string of base64.</summary>
    public static void WriteBase64(PooledBuffer buffer, ReadOnlySpan<byte> bytes)
    {
        buffer.Write((byte)'"');
        Base64.EncodeToUtf8(bytes, buffer.GetSpan(Base64.GetMaxEncodedToUtf8Length(bytes.Length)), out _, out var written);
        buffer.Advance(written);
        buffer.Write((byte)'"');
    }

    /// <summary>ASCII text as it is, without quotes.</summary>
    public static void WriteAscii(PooledBuffer buffer, string text) =>
        buffer.Advance(Encoding.ASCII.GetBytes(text, buffer.GetSpan(text.Length)));

    public static void WriteNumber(PooledBuffer buffer, long value)
    {
        var span = buffer.GetSpan(20);
        value.TryFormat(span, out var written, default, CultureInfo.InvariantCulture);
        buffer.Advance(written);
    }

    /// <summary>Element <paramref name="index"/>. Floating point is the shortest decimal that reads back, with a point, or NaN, Infinity, -Infinity.</summary>
    public static void WriteElement(PooledBuffer buffer, Tensor tensor, int index)
    {
        switch (tensor.Type)
        {
            case ElementType.Fp32:
                WriteFloat(buffer, tensor.AsSpan<float>()[index]);
                break;
            case ElementType.Fp64:
                WriteFloat(buffer, tensor.AsSpan<double>()[index]);
                break;
            case ElementType.Fp16 or ElementType.Bf16:
                WriteFloat(buffer, (float)TensorNumbers.Read(tensor, index));
                break;
            case ElementType.Int64:
                WriteNumber(buffer, tensor.AsSpan<long>()[index]);
                break;
            case ElementType.UInt64:
                var span = buffer.GetSpan(20);
                tensor.AsSpan<ulong>()[index].TryFormat(span, out var written, default, CultureInfo.InvariantCulture);
                buffer.Advance(written);
                break;
            case ElementType.Bool:
                buffer.Write(tensor.RawBytes[index] != 0 ? "true"u8 : "false"u8);
                break;
            case ElementType.Bytes:
                WriteString(buffer, tensor.Strings[index].Span);
                break;
            default:
                WriteNumber(buffer, (long)TensorNumbers.Read(tensor, index));
                break;
        }
    }

    private static void WriteFloat(PooledBuffer buffer, float value)
    {
        if (!float.IsFinite(value))
        {
            WriteSpecial(buffer, value);
            return;
        }
        var span = buffer.GetSpan(32);
        value.TryFormat(span, out var written, default, CultureInfo.InvariantCulture);
        buffer.Advance(written);
        WritePoint(buffer, span[..written]);
    }

    private static void WriteFloat(PooledBuffer buffer, double value)
    {
        if (!double.IsFinite(value))
        {
            WriteSpecial(buffer, value);
            return;
        }
        var span = buffer.GetSpan(32);
        value.TryFormat(span, out var written, default, CultureInfo.InvariantCulture);
        buffer.Advance(written);
        WritePoint(buffer, span[..written]);
    }

    // Dynamic languages would read 1 as an integer.
    private static void WritePoint(PooledBuffer buffer, ReadOnlySpan<byte> number)
    {
        if (!number.ContainsAny((byte)'.', (byte)'E'))
        {
            buffer.Write(".0"u8);
        }
    }

    private static void WriteSpecial(PooledBuffer buffer, double value) =>
        buffer.Write(
            double.IsNaN(value) ? "NaN"u8
            : value > 0 ? "Infinity"u8
            : "-Infinity"u8
        );

    private static void WriteEscape(PooledBuffer buffer, byte character)
    {
        var simple = character switch
        {
            (byte)'"' => (byte)'"',
            (byte)'\\' => (byte)'\\',
            (byte)'\n' => (byte)'n',
            (byte)'\r' => (byte)'r',
            (byte)'\t' => (byte)'t',
            _ => (byte)0,
        };
        buffer.Write((byte)'\\');
        if (simple != 0)
        {
            buffer.Write(simple);
            return;
        }
        buffer.Write("u00"u8);
        buffer.Write((byte)(character < 16 ? '0' : '1'));
        buffer.Write((byte)("0123456789abcdef"[character & 15]));
    }
}
