using System.Globalization;
using System.Text;

namespace Slipway.Inference.Service.Json;

/// <summary>Resolves the escapes of a JSON string.</summary>
internal static class JsonEscapes
{
    /// <summary>The text without escapes; <paramref name="offset"/> is where it stands, for errors.</summary>
    public static byte[] Resolve(ReadOnlySpan<byte> raw, int offset)
    {
        // An escape is never shorter than what it stands for.
        var text = new byte[raw.Length];
        var length = 0;
        for (var i = 0; i < raw.Length; )
        {
            if (raw[i] != '\\')
            {
                text[length++] = raw[i++];
                continue;
            }
            var simple = raw[i + 1] switch
            {
                (byte)'"' => '"',
                (byte)'\\' => '\\',
                (byte)'/' => '/',
                (byte)'b' => '\b',
                (byte)'f' => '\f',
                (byte)'n' => '\n',
                (byte)'r' => '\r',
                (byte)'t' => '\t',
                (byte)'u' => '\0',
                _ => throw new JsonFormatException("Invalid escape character in string.", offset + i),
            };
            if (simple != '\0')
            {
                text[length++] = (byte)simple;
                i += 2;
                continue;
            }
            length += ReadRune(raw, ref i, offset).EncodeToUtf8(text.AsSpan(length));
        }
        return text[..length];
    }

    private static Rune ReadRune(ReadOnlySpan<byte> raw, ref int i, int offset)
    {
        var first = ReadUnit(raw, ref i, offset);
        if (!char.IsSurrogate(first))
        {
            return new Rune(first);
        }
        var at = i;
        if (
            char.IsHighSurrogate(first)
            && i + 1 < raw.Length
            && raw[i] == '\\'
            && raw[i + 1] == 'u'
            && Rune.TryCreate(first, ReadUnit(raw, ref i, offset), out var rune)
        )
        {
            return rune;
        }
        throw new JsonFormatException("The surrogate pair in string is invalid.", offset + at);
    }

    private static char ReadUnit(ReadOnlySpan<byte> raw, ref int i, int offset)
    {
        if (
            i + 6 <= raw.Length
            && ushort.TryParse(raw.Slice(i + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit)
        )
        {
            i += 6;
            return (char)unit;
        }
        throw new JsonFormatException("Incorrect hex digit after \\u escape in string.", offset + i);
    }
}
