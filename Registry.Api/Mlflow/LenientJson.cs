using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Slipway.Registry.Api.Mlflow;

/// <summary>
/// Reads the JSON that MLflow's clients send: Python writes the bare literals <c>NaN</c> and <c>Infinity</c>, and old clients send a JSON string that holds the
/// JSON. Anything else that is not an object reads as an empty object, so that the answer names the parameter that is missing.
/// </summary>
internal static class LenientJson
{
    private static readonly JsonElement s_empty = JsonDocument.Parse("{}").RootElement;
    private static readonly byte[][] s_literals = ["-Infinity"u8.ToArray(), "Infinity"u8.ToArray(), "NaN"u8.ToArray()];

    public static JsonElement Parse(ReadOnlyMemory<byte> utf8)
    {
        var element = TryParse(utf8) ?? TryParse(QuoteLiterals(utf8.Span));
        if (element is { ValueKind: JsonValueKind.String } text)
        {
            element = TryParse(TextOf(text));
        }
        return element is { ValueKind: JsonValueKind.Object } found ? found : s_empty;
    }

    /// <summary>A member of an object, or null. A name with half a surrogate pair makes the framework throw while it looks for another one.</summary>
    public static JsonElement? Find(JsonElement json, string name)
    {
        try
        {
            return json.TryGetProperty(name, out var value) ? value : null;
        }
        catch (InvalidOperationException)
        {
            throw MlflowRefusal.Invalid("A member's name in the JSON is not valid Unicode text.");
        }
    }

    private static byte[] TextOf(JsonElement text)
    {
        try
        {
            return Encoding.UTF8.GetBytes(text.GetString()!);
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair: not text, and so not JSON.
            return [];
        }
    }

    private static JsonElement? TryParse(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            using var document = JsonDocument.Parse(utf8);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Puts quotes around the literals that stand outside strings.</summary>
    private static byte[] QuoteLiterals(ReadOnlySpan<byte> json)
    {
        var output = new ArrayBufferWriter<byte>(json.Length + 64);
        var inString = false;
        for (var i = 0; i < json.Length; i++)
        {
            var c = json[i];
            if (inString)
            {
                inString = c != '"';
                if (c == '\\' && i + 1 < json.Length)
                {
                    output.Write(json.Slice(i++, 1));
                    c = json[i];
                }
            }
            else if (c == '"')
            {
                inString = true;
            }
            else if (LiteralAt(json[i..]) is { } literal)
            {
                output.Write("\""u8);
                output.Write(literal);
                output.Write("\""u8);
                i += literal.Length - 1;
                continue;
            }
            output.Write([c]);
        }
        return output.WrittenSpan.ToArray();
    }

    private static byte[]? LiteralAt(ReadOnlySpan<byte> json)
    {
        foreach (var literal in s_literals)
        {
            if (json.StartsWith(literal))
            {
                return literal;
            }
        }
        return null;
    }
}
