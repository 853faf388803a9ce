using Slipway.Inference.Service.Json;

namespace Slipway.Inference.Service.Containers;

/// <summary>Where a value stands in a JSON text.</summary>
internal readonly record struct JsonSlice(int Start, int Length)
{
    /// <summary>Passes over the value that comes next, checks it, and says where it stood.</summary>
    public static JsonSlice Skip(ref JsonCursor cursor, int textLength)
    {
        cursor.Peek();
        var start = textLength - cursor.Remaining;
        cursor.Skip();
        return new JsonSlice(start, textLength - cursor.Remaining - start);
    }

    public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> text) => text.Slice(Start, Length);
}
