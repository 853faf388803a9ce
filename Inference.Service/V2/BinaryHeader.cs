using System.Globalization;
using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.V2;

/// <summary>The header that parts JSON from the bytes after it (binary tensor data extension).</summary>
internal static class BinaryHeader
{
    public const string Name = "Inference-Header-Content-Length";

    /// <summary>The length of the JSON; null where the whole body is JSON, 0 for a raw request.</summary>
    public static long? Read(IHeaderDictionary headers, long bodyLength)
    {
        if (!headers.TryGetValue(Name, out var given))
        {
            return null;
        }
        if (!long.TryParse(given, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var length) || length < 0)
        {
            throw RequestRefusedException.BadRequest($"Unable to parse '{Name}', got: {given}");
        }
        return length <= bodyLength
            ? length
            : throw RequestRefusedException.BadRequest($"'{Name}' of {length} exceeds the request body of {bodyLength} bytes");
    }
}
