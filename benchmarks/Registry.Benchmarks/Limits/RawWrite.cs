using System.Security.Cryptography;
using Slipway.Registry.Benchmarks.Rows;

namespace Slipway.Registry.Benchmarks.Limits;

/// <summary>10 MiB hashed, written to a new file and flushed to the disk.</summary>
internal static class RawWrite
{
    public static async Task WriteAsync(string folder, int call, CancellationToken ct)
    {
        var content = ArtifactRow.Content(call);
        SHA256.HashData(content);
        await using var file = new FileStream(Path.Combine(folder, $"raw{call}"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1);
        await file.WriteAsync(content, ct);
        file.Flush(flushToDisk: true);
    }
}
