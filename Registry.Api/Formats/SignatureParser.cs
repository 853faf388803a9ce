using System.Text.Json;
using Slipway.Contracts.Vetting;

namespace Slipway.Registry.Api.Formats;

/// <summary>Parses the JSON texts of an MLflow signature: columns, nested columns and tensors, and parameters.</summary>
internal static class SignatureParser
{
    private const int MaxFields = 10_000;
    private const int MaxTypeLength = 2000;
    private static readonly JsonDocumentOptions s_json = new() { MaxDepth = 32 };

    /// <summary>Null where nothing is declared. What is not a signature is an <see cref="InvalidDataException"/> that says where.</summary>
    public static DeclaredSignature? Parse(string? inputs, string? outputs, string? parameters) =>
        inputs is null && outputs is null && parameters is null
            ? null
            : new DeclaredSignature(
                ReadList(inputs, "inputs", ReadField),
                ReadList(outputs, "outputs", ReadField),
                ReadList(parameters, "params", ReadParameter)
            );

    private static List<T>? ReadList<T>(string? text, string what, Func<JsonElement, string, T> read)
    {
        if (text is null)
        {
            return null;
        }
        try
        {
            using var document = JsonDocument.Parse(text, s_json);
            if (document.RootElement.ValueKind != JsonValueKind.Array || document.RootElement.GetArrayLength() > MaxFields)
            {
                throw new InvalidDataException($"its {what} are not a list of at most {MaxFields}");
            }
            return [.. document.RootElement.EnumerateArray().Select((element, i) => read(element, $"{what}[{i}]"))];
        }
        catch (JsonException)
        {
            throw new InvalidDataException($"its {what} are not JSON, or nested too deep");
        }
    }

    private static DeclaredField ReadField(JsonElement field, string where)
    {
        var name = Member(field, "name") is { ValueKind: JsonValueKind.String or JsonValueKind.Number } found ? found.ToString() : null;
        if (Member(field, "tensor-spec") is { } tensor)
        {
            return new DeclaredField(
                name,
                RequiredText(tensor, "dtype", where),
                ReadShape(Member(tensor, "shape"), where) ?? throw Wrong(where, "its shape is missing"),
                Required: true
            );
        }
        // Earlier versions wrote "optional", later ones "required".
        var required = Member(field, "required") is { } explicitly
            ? explicitly.ValueKind != JsonValueKind.False
            : Member(field, "optional") is not { ValueKind: JsonValueKind.True };
        return new DeclaredField(name, TypeOf(field, where), Shape: null, required);
    }

    private static DeclaredParameter ReadParameter(JsonElement parameter, string where) =>
        new(
            RequiredText(parameter, "name", where),
            // Written as "dtype" by the first versions that had parameters.
            Member(parameter, "dtype") is { } dtype
                ? dtype.ToString()
                : TypeOf(parameter, where),
            Member(parameter, "default") is { } value ? Shorten(value.GetRawText()) : null,
            ReadShape(Member(parameter, "shape"), where)
        );

    /// <summary>A type as one writes it down: <c>array&lt;double&gt;</c>, <c>object{a: long, b?: string}</c>, <c>map&lt;string&gt;</c>.</summary>
    private static string TypeOf(JsonElement element, string where)
    {
        var type = RequiredText(element, "type", where);
        return type switch
        {
            "array" => $"array<{Inner(element, "items", where)}>",
            "map" => $"map<{Inner(element, "values", where)}>",
            "object" => Shorten($"object{{{string.Join(", ", Properties(element, where))}}}"),
            _ => Shorten(type),
        };
    }

    private static string Inner(JsonElement element, string member, string where) =>
        Member(element, member) is { } inner ? TypeOf(inner, where) : throw Wrong(where, $"its {member} are missing");

    private static IEnumerable<string> Properties(JsonElement element, string where)
    {
        if (Member(element, "properties") is not { ValueKind: JsonValueKind.Object } properties)
        {
            throw Wrong(where, "its properties are missing");
        }
        foreach (var property in properties.EnumerateObject())
        {
            var optional = Member(property.Value, "required") is { ValueKind: JsonValueKind.False } ? "?" : "";
            yield return $"{property.Name}{optional}: {TypeOf(property.Value, where)}";
        }
    }

    private static List<long>? ReadShape(JsonElement? shape, string where)
    {
        if (shape is not { } found)
        {
            return null;
        }
        return
            found.ValueKind == JsonValueKind.Array
            && found.EnumerateArray().All(d => d.ValueKind == JsonValueKind.Number && d.TryGetInt64(out _))
            ? [.. found.EnumerateArray().Select(d => d.GetInt64())]
            : throw Wrong(where, "its shape is not a list of whole numbers");
    }

    private static string RequiredText(JsonElement element, string member, string where) =>
        Member(element, member) is { ValueKind: JsonValueKind.String } text
            ? Shorten(text.GetString()!)
            : throw Wrong(where, $"its '{member}' is missing or no text");

    private static JsonElement? Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object
        && element.TryGetProperty(name, out var value)
        && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined)
            ? value
            : null;

    private static string Shorten(string text) => text.Length <= MaxTypeLength ? text : text[..MaxTypeLength] + "...";

    private static InvalidDataException Wrong(string where, string what) => new($"{where}: {what}");
}
