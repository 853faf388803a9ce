using System.Text.Json;
using Slipway.Inference.Service.Json;

namespace Slipway.Inference.Service.Predictions;

/// <summary>Reads the bodies of the protocols' administrative routes: nothing, or a JSON object.</summary>
internal static class JsonObjectBody
{
    private const int MaxDepth = 64;

    /// <summary>The object, or null for an empty body; throws <see cref="RequestRefusedException"/> for anything else. The caller disposes it.</summary>
    public static async Task<JsonDocument?> ReadAsync(HttpContext context, int maxBytes)
    {
        using var body = await RequestBody.ReadAsync(context.Request, maxBytes, context.RequestAborted);
        if (body.Span.IsEmpty)
        {
            return null;
        }
        try
        {
            // The framework finds out only on access that a text in it is none: half of a surrogate pair, or bytes that are not UTF-8.
            JsonCursor.Check(body.Span, MaxDepth);
            var reader = new Utf8JsonReader(body.Span);
            var document = JsonDocument.ParseValue(ref reader);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return document;
            }
            document.Dispose();
        }
        catch (JsonFormatException e)
        {
            throw RequestRefusedException.BadRequest(e.Message);
        }
        catch (JsonException e)
        {
            throw RequestRefusedException.BadRequest($"failed to parse the request JSON buffer: {e.Message}");
        }
        throw RequestRefusedException.BadRequest("the request's body must be a JSON object");
    }
}
