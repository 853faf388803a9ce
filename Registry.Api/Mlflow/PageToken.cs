using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Slipway.Registry.Api.Mlflow;

/// <summary>The token of the next page: base64 of <c>{"offset": N}</c>, as MLflow's.</summary>
internal static class PageToken
{
    private const int MaxLength = 100_000;

    public static string Of(long offset) => Convert.ToBase64String(Encoding.UTF8.GetBytes($"{{\"offset\": {offset}}}"));

    public static long Read(string? token) => string.IsNullOrEmpty(token) ? 0 : Offset(Decode(token));

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

    /// <summary>Takes the first <paramref name="pageSize"/> of rows that were asked for with one more, and the token if there was one more.</summary>
    public static (List<T> Page, string? Next) Cut<T>(List<T> rows, int pageSize, long offset) =>
        rows.Count > pageSize ? (rows[..pageSize], Of(offset + pageSize)) : (rows, null);

    private static MlflowRefusal Invalid() => MlflowRefusal.Invalid("Invalid page token, could not be decoded or is missing an offset.");
}
