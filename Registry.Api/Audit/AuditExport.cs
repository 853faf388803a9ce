using System.Text.Json;

namespace Slipway.Registry.Api.Audit;

/// <summary>Writes sealed entries as JSON lines, with everything that somebody needs to compute the chain's hashes again.</summary>
internal static class AuditExport
{
    public static async Task WriteAsync(Stream body, IAsyncEnumerable<SealedEntry> entries, CancellationToken ct)
    {
        await using var writer = new Utf8JsonWriter(body);
        await foreach (var entry in entries.WithCancellation(ct))
        {
            Write(writer, entry);
            await writer.FlushAsync(ct);
            await body.WriteAsync("\n"u8.ToArray(), ct);
            writer.Reset();
        }
    }

    private static void Write(Utf8JsonWriter writer, SealedEntry line)
    {
        var entry = line.Entry;
        writer.WriteStartObject();
        writer.WriteNumber("sequence", line.Sequence);
        writer.WriteNumber("id", entry.Id);
        writer.WriteString("at", entry.At);
        writer.WriteString("actor", entry.Actor);
        writer.WriteString("action", entry.Action);
        writer.WriteString("object", entry.Object);
        WriteJson(writer, "before", entry.Before);
        WriteJson(writer, "after", entry.After);
        writer.WriteString("traceId", entry.TraceId);
        writer.WriteString("requestId", entry.RequestId);
        writer.WriteString("previousHash", Convert.ToHexStringLower(line.PreviousHash));
        writer.WriteString("hash", Convert.ToHexStringLower(line.Hash));
        writer.WriteEndObject();
    }

    private static void WriteJson(Utf8JsonWriter writer, string name, string? json)
    {
        writer.WritePropertyName(name);
        // As it was hashed, to the byte.
        writer.WriteRawValue(json ?? "null", skipInputValidation: true);
    }
}
