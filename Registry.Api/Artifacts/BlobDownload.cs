using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using Slipway.Registry.Api.Artifacts.Storage;

namespace Slipway.Registry.Api.Artifacts;

/// <summary>
/// Answers a request with a blob: ranges, conditions and HEAD as HTTP has them, the digest as entity tag, and headers under which no browser takes what somebody
/// uploaded for a page of this server.
/// </summary>
internal static class BlobDownload
{
    private const string ContentType = "application/octet-stream";

    public static async Task<FileStreamHttpResult> SendAsync(
        HttpContext http,
        BlobReader reader,
        Blob blob,
        string? fileName,
        DateTimeOffset? modified,
        CancellationToken ct
    )
    {
        var headers = http.Response.Headers;
        var content = http.Request.Headers.Range.Count > 0 ? await reader.OpenForPartsAsync(blob, ct) : await reader.OpenAsync(blob, ct);
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        WriteDigest(headers, blob);
        return TypedResults.Stream(
            content,
            ContentType,
            fileName,
            lastModified: modified,
            entityTag: Tag(blob),
            enableRangeProcessing: true
        );
    }

    public static EntityTagHeaderValue Tag(Blob blob) => new($"\"{blob.Sha256}\"");

    /// <summary>RFC 9530: the digest of the whole file, whatever range is sent.</summary>
    public static void WriteDigest(IHeaderDictionary headers, Blob blob) =>
        headers["Repr-Digest"] = $"sha-256=:{Convert.ToBase64String(Convert.FromHexString(blob.Sha256))}:";
}
