using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Slipway.Registry.Api.Mlflow;

/// <summary>Reads the token of a page: base64 of a JSON object. MLflow's own hold <c>{"offset": N}</c>, ours a place in the order.</summary>
internal static class PageToken
{
    private const int MaxLength = 100_000;

    /// <summary>The JSON object in a token.</summary>
    public static JsonElement Decode(string token)
    {
        var bytes = new byte[Math.Min(token.Length, MaxLength)];
        return
            token.Length <= MaxLength
            && Base64.DecodeFromUtf8(Encoding.UTF8.GetBytes(token), bytes, out _, out var count) == System.Buffers.OperationStatus.Done
            ? LenientJson.Parse(bytes.AsMemory(0, count))
            : throw Invalid();
    }

    public static long Offset(JsonElement root) =>
        LenientJson.Find(root, "offset") is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out var offset) && offset >= 0
            ? offset
            : throw Invalid();

    private static MlflowRefusal Invalid() => MlflowRefusal.Invalid("Invalid page token, could not be decoded or is missing an offset.");
}
