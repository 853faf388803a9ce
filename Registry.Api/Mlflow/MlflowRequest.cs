using System.Buffers;
using System.Collections.Concurrent;
using System.Text.Json;

namespace Slipway.Registry.Api.Mlflow;

/// <summary>
/// A request of MLflow's API by proto3-JSON's rules: keys in snake_case or camelCase, 64-bit integers as numbers or strings, unknown members ignored. GET reads
/// the query string (or a body, as old clients send), everything else the body.
/// </summary>
internal sealed class MlflowRequest
{
    /// <summary>The largest body of a JSON request, in bytes: room for the largest dataset profile that MLflow allows.</summary>
    public const int MaxBodyBytes = 20 * 1024 * 1024;

    // The names that handlers ask for, and what they are in camelCase: a few dozen constants of this program.
    private static readonly ConcurrentDictionary<string, string> s_camelCase = new(StringComparer.Ordinal);

    private readonly JsonElement _root;
    private readonly MlflowRequest? _parent;
    private readonly string _name;
    private readonly int _index;

    internal MlflowRequest(JsonElement root)
        : this(root, null, "", -1) { }

    private MlflowRequest(JsonElement root, MlflowRequest? parent, string name, int index)
    {
        (_root, _parent, _name, _index) = (root, parent, name, index);
    }

    /// <summary>Called by the framework for a handler's parameter. Read once: access control looks at the same request first.</summary>
    public static async ValueTask<MlflowRequest> BindAsync(HttpContext http)
    {
        if (http.Features.Get<MlflowRequest>() is { } known)
        {
            return known;
        }
        var read = await ReadAsync(http);
        http.Features.Set(read);
        return read;
    }

    private static async Task<MlflowRequest> ReadAsync(HttpContext http)
    {
        var request = http.Request;
        var isRead = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
        if (isRead && request.Query.Count > 0)
        {
            return new(FromQuery(request.Query));
        }
        if (HttpMethods.IsPost(request.Method) || HttpMethods.IsPut(request.Method))
        {
            CheckContentType(request);
        }
        var body = await ReadBodyAsync(http);
        var root = LenientJson.Parse(body);
        // MLflow's own server ignores a DELETE's query string; people who write curl commands do not know that.
        return new(!root.EnumerateObject().Any() && request.Query.Count > 0 ? FromQuery(request.Query) : root);
    }

    public bool Has(string name) => Find(name) is not null;

    public string? Text(string name) =>
        Find(name) switch
        {
            null => null,
            { ValueKind: JsonValueKind.String } value => ReadText(value, name),
            { } value => throw InvalidValue(value, name),
        };

    public string RequiredText(string name) => Text(name) is { Length: > 0 } text ? text : throw MlflowRefusal.Missing(PathOf(name));

    /// <summary>The name or the number of an enumeration's member.</summary>
    public string? Choice(string name) => Find(name) is { ValueKind: JsonValueKind.Number } number ? number.GetRawText() : Text(name);

    /// <summary>The run's id under either of its names.</summary>
    public string RunId() =>
        Text("run_id") is { Length: > 0 } id ? id
        : Text("run_uuid") is { Length: > 0 } uuid ? uuid
        : throw MlflowRefusal.Missing(PathOf("run_id"));

    public long? Int64(string name)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number))
        {
            return number;
        }
        if (value.ValueKind == JsonValueKind.String && long.TryParse(ReadText(value, name), out var parsed))
        {
            return parsed;
        }
        // 1.5 is taken as 1: MLflow's clients compute steps and times in floating point.
        return Number(value, name) is { } real && Math.Abs(real) < 9.2e18 ? (long)real : throw InvalidValue(value, name);
    }

    public double? Double(string name) =>
        Find(name) switch
        {
            null => null,
            { ValueKind: JsonValueKind.True } => 1,
            { ValueKind: JsonValueKind.False } => 0,
            { } value => Number(value, name) ?? throw InvalidValue(value, name),
        };

    public bool? Bool(string name) =>
        Find(name) switch
        {
            null => null,
            { ValueKind: JsonValueKind.True } => true,
            { ValueKind: JsonValueKind.False } => false,
            { ValueKind: JsonValueKind.String } value when value.ValueEquals("true"u8) || value.ValueEquals("false"u8) => value.ValueEquals(
                "true"u8
            ),
            { } value => throw InvalidValue(value, name),
        };

    /// <summary>A list of strings; a lone string counts as a list of one, since a query string cannot tell them apart.</summary>
    public IReadOnlyList<string> Texts(string name)
    {
        if (Find(name) is not { } value)
        {
            return [];
        }
        if (value.ValueKind == JsonValueKind.String)
        {
            return [ReadText(value, name)];
        }
        if (value.ValueKind != JsonValueKind.Array)
        {
            throw InvalidValue(value, name);
        }
        return
        [
            .. value
                .EnumerateArray()
                .Select(item =>
                    item.ValueKind == JsonValueKind.String ? ReadText(item, name)
                    : item.ValueKind == JsonValueKind.Number ? item.GetRawText()
                    : throw InvalidValue(value, name)
                ),
        ];
    }

    /// <summary>A list of messages; a message's own members are named with their place, as in <c>metrics[0].key</c>.</summary>
    public IReadOnlyList<MlflowRequest> List(string name)
    {
        if (Find(name) is not { } value)
        {
            return [];
        }
        if (value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.Object))
        {
            throw InvalidValue(value, name);
        }
        return [.. value.EnumerateArray().Select((item, i) => new MlflowRequest(item, this, name, i))];
    }

    /// <summary>A message, or null.</summary>
    public MlflowRequest? Object(string name) =>
        Find(name) switch
        {
            null => null,
            { ValueKind: JsonValueKind.Object } value => new MlflowRequest(value, this, name, -1),
            { } value => throw InvalidValue(value, name),
        };

    /// <summary>The name of a member with its place in the request, for messages.</summary>
    public string PathOf(string name) => _parent is null ? name : $"{_parent.PathOf(_name)}{(_index < 0 ? "" : $"[{_index}]")}.{name}";

    private double? Number(JsonElement value, string name) =>
        value.ValueKind switch
        {
            JsonValueKind.Number => value.GetDouble(),
            JsonValueKind.String => ReadText(value, name) switch
            {
                "NaN" => double.NaN,
                "Infinity" => double.PositiveInfinity,
                "-Infinity" => double.NegativeInfinity,
                var text => double.TryParse(text, System.Globalization.NumberStyles.Float, null, out var number) && !double.IsNaN(number)
                    ? number
                    : null,
            },
            _ => null,
        };

    private JsonElement? Find(string name) =>
        (LenientJson.Find(_root, name) ?? FindInCamelCase(name)) is { ValueKind: not JsonValueKind.Null } value ? value : null;

    private JsonElement? FindInCamelCase(string name)
    {
        var camel = s_camelCase.GetOrAdd(name, CamelCase);
        return ReferenceEquals(camel, name) ? null : LenientJson.Find(_root, camel);
    }

    private static string CamelCase(string name) =>
        name.Contains('_', StringComparison.Ordinal)
            ? string.Concat(
                name.Split('_').Select((part, i) => i == 0 || part.Length == 0 ? part : char.ToUpperInvariant(part[0]) + part[1..])
            )
            : name;

    private string ReadText(JsonElement value, string name)
    {
        string text;
        try
        {
            text = value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw MlflowRefusal.Invalid($"Invalid value for parameter '{PathOf(name)}': it is not valid Unicode text.");
        }
        // PostgreSQL's text cannot hold it, and no name or value has a use for it.
        return text.Contains('\0', StringComparison.Ordinal)
            ? throw MlflowRefusal.Invalid($"Invalid value for parameter '{PathOf(name)}': it contains a null character.")
            : text;
    }

    private MlflowRefusal InvalidValue(JsonElement value, string name)
    {
        var raw = value.GetRawText();
        return MlflowRefusal.Invalid(
            $"Invalid value {(raw.Length > 100 ? raw[..100] + "..." : raw)} for parameter '{PathOf(name)}' supplied."
        );
    }

    private static void CheckContentType(HttpRequest request)
    {
        if (string.IsNullOrEmpty(request.ContentType))
        {
            throw MlflowRefusal.Invalid("Bad Request. Content-Type header is missing.");
        }
        if (!request.ContentType.Split(';')[0].Trim().Equals("application/json", StringComparison.OrdinalIgnoreCase))
        {
            throw MlflowRefusal.Invalid("Bad Request. Content-Type must be one of ['application/json'].");
        }
    }

    private static JsonElement FromQuery(IQueryCollection query)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var (key, values) in query)
            {
                if (values.Count == 1)
                {
                    writer.WriteString(key, values[0]);
                    continue;
                }
                writer.WriteStartArray(key);
                foreach (var value in values)
                {
                    writer.WriteStringValue(value);
                }
                writer.WriteEndArray();
            }
            writer.WriteEndObject();
        }
        return LenientJson.Parse(buffer.WrittenMemory);
    }

    private static async Task<ReadOnlyMemory<byte>> ReadBodyAsync(HttpContext http)
    {
        var buffer = new ArrayBufferWriter<byte>(Math.Clamp((int)Math.Min(http.Request.ContentLength ?? 4096, 1 << 20), 256, 1 << 20));
        while (true)
        {
            var read = await http.Request.Body.ReadAsync(buffer.GetMemory(4096), http.RequestAborted);
            if (read == 0)
            {
                return buffer.WrittenMemory;
            }
            buffer.Advance(read);
            if (buffer.WrittenCount > MaxBodyBytes)
            {
                throw new MlflowRefusal(
                    StatusCodes.Status413PayloadTooLarge,
                    MlflowErrorCodes.InvalidParameterValue,
                    $"The request is larger than {MaxBodyBytes} bytes. Please split it across multiple requests."
                );
            }
        }
    }
}
