using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Inference.Service.Grpc;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.Protos;

namespace Slipway.Inference.Service.V2;

/// <summary>
/// The REST routes of Triton's extensions for tracing and logging. They tell what is, and refuse changes, as <see cref="SettingsCalls"/> does for gRPC.
/// </summary>
internal static class V2SettingsApi
{
    private const int MaxBodyBytes = 1 << 20;

    public static void Map(IEndpointRouteBuilder routes)
    {
        string[] verbs = [HttpMethods.Get, HttpMethods.Post];
        routes.MapMethods("/v2/trace/setting", verbs, (Delegate)TraceAsync);
        routes.MapMethods(
            "/v2/models/{name}/trace/setting",
            verbs,
            (HttpContext context, string name, ModelDirectory models) =>
            {
                // Throws for an unknown one.
                models.Find(name, null);
                return TraceAsync(context);
            }
        );
        routes.MapMethods("/v2/logging", verbs, (Delegate)LogAsync);
    }

    private static async Task<Utf8ContentHttpResult> TraceAsync(HttpContext context)
    {
        using var body = await JsonObjectBody.ReadAsync(context, MaxBodyBytes);
        var request = new TraceSettingRequest();
        foreach (var setting in Members(body))
        {
            var value = new TraceSettingRequest.Types.SettingValue();
            value.Value.AddRange(TextsOf(setting));
            request.Settings[setting.Name] = value;
        }
        return Write(json =>
        {
            foreach (var (name, value) in SettingsCalls.Trace(request).Settings)
            {
                if (name != "trace_level")
                {
                    json.WriteString(name, string.Concat(value.Value));
                    continue;
                }
                json.WriteStartArray(name);
                foreach (var level in value.Value)
                {
                    json.WriteStringValue(level);
                }
                json.WriteEndArray();
            }
        });
    }

    private static async Task<Utf8ContentHttpResult> LogAsync(HttpContext context)
    {
        using var body = await JsonObjectBody.ReadAsync(context, MaxBodyBytes);
        var request = new LogSettingsRequest();
        foreach (var setting in Members(body))
        {
            request.Settings[setting.Name] = setting.Value.ValueKind switch
            {
                JsonValueKind.True or JsonValueKind.False => new() { BoolParam = setting.Value.GetBoolean() },
                JsonValueKind.String => new() { StringParam = setting.Value.GetString() },
                JsonValueKind.Number when setting.Value.TryGetUInt32(out var number) => new() { Uint32Param = number },
                _ => throw RequestRefusedException.BadRequest(
                    $"setting '{setting.Name}' must be a boolean, a string, or a whole number that is not negative"
                ),
            };
        }
        return Write(json =>
        {
            foreach (var (name, value) in SettingsCalls.Log(request).Settings)
            {
                switch (value.ParameterChoiceCase)
                {
                    case LogSettingsResponse.Types.SettingValue.ParameterChoiceOneofCase.BoolParam:
                        json.WriteBoolean(name, value.BoolParam);
                        break;
                    case LogSettingsResponse.Types.SettingValue.ParameterChoiceOneofCase.Uint32Param:
                        json.WriteNumber(name, value.Uint32Param);
                        break;
                    default:
                        json.WriteString(name, value.StringParam);
                        break;
                }
            }
        });
    }

    private static JsonElement.ObjectEnumerator Members(JsonDocument? body) => body is null ? default : body.RootElement.EnumerateObject();

    // Null clears a setting, as an empty list does.
    private static IEnumerable<string> TextsOf(JsonProperty setting) =>
        setting.Value.ValueKind switch
        {
            JsonValueKind.Null => [],
            JsonValueKind.String => [setting.Value.GetString()!],
            JsonValueKind.Array when setting.Value.EnumerateArray().All(each => each.ValueKind == JsonValueKind.String) => setting
                .Value.EnumerateArray()
                .Select(each => each.GetString()!),
            _ => throw RequestRefusedException.BadRequest($"setting '{setting.Name}' must be a string, a list of strings, or null"),
        };

    private static Utf8ContentHttpResult Write(Action<Utf8JsonWriter> writeMembers)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            writeMembers(json);
            json.WriteEndObject();
        }
        return TypedResults.Text(buffer.WrittenSpan, "application/json");
    }
}
