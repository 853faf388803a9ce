using System.Text;
using Slipway.Inference.Service.Json;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.SharedMemory;

namespace Slipway.Inference.Service.V2;

/// <summary>Reads the parameters of a tensor in JSON that say where in shared memory it is.</summary>
internal static class V2SharedMemory
{
    private const string SizeError = "a whole number is expected, not negative";

    /// <summary>Reads a parameter's value if it is one of them, else leaves it unread; where shared memory is not offered, they are refused.</summary>
    public static bool TryRead(
        ref JsonCursor cursor,
        ReadOnlySpan<byte> name,
        ref SharedMemoryPlace place,
        SharedMemoryUse? use,
        string where
    )
    {
        if (!name.StartsWith("shared_memory"u8))
        {
            return false;
        }
        if (use is null)
        {
            throw RequestRefusedException.BadRequest(
                $"Unable to parse '{where}': parameter '{Encoding.UTF8.GetString(name)}' asks for shared memory, which this server does not offer (see GET /v2)"
            );
        }
        if (name.SequenceEqual("shared_memory_region"u8))
        {
            V2RequestReader.Require(ref cursor, JsonKind.String, "Unable to parse 'shared_memory_region': a string is expected");
            place.Region = Encoding.UTF8.GetString(cursor.ReadString());
            return true;
        }
        if (name.SequenceEqual("shared_memory_offset"u8))
        {
            place.Offset = ReadBytes(ref cursor, "shared_memory_offset");
            return true;
        }
        if (name.SequenceEqual("shared_memory_byte_size"u8))
        {
            place.ByteSize = ReadBytes(ref cursor, "shared_memory_byte_size");
            return true;
        }
        return false;
    }

    private static ulong ReadBytes(ref JsonCursor cursor, string name)
    {
        V2RequestReader.Require(ref cursor, JsonKind.Number, $"Unable to parse '{name}': {SizeError}");
        return cursor.ReadNumber().TryToInteger(out var bytes, out var isNegative) && !isNegative
            ? bytes
            : throw RequestRefusedException.BadRequest($"Unable to parse '{name}': {SizeError}");
    }
}
