using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Artifacts.Storage;
using Slipway.Registry.Api.Http;

namespace Slipway.Registry.Api.Artifacts;

/// <summary><c>GET /api/v1/blobs/{sha256}</c>: bytes by content address, for those who load models.</summary>
internal static class BlobsApi
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapMethods("/api/v1/blobs/{sha256}", ["GET", "HEAD"], GetAsync).Needs(Permission.Read, On.Blob());

    private static async Task<Results<FileStreamHttpResult, ProblemHttpResult>> GetAsync(
        string sha256,
        HttpContext http,
        IBlobStore blobs,
        BlobReader reader,
        CancellationToken ct
    )
    {
        if (!Blob.IsDigest(sha256))
        {
            return ApiProblem.Invalid("invalid_digest", "A blob is named by its SHA-256: 64 lower-case hexadecimal digits.");
        }
        if (await blobs.FindAsync(sha256, ct) is not { } stored)
        {
            return ApiProblem.NotFound("blob_not_found", $"No blob {sha256} is stored.");
        }
        var answer = await BlobDownload.SendAsync(http, reader, new Blob(sha256, stored.SizeBytes), null, null, ct);
        http.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        return answer;
    }
}
