using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Http;

namespace Slipway.Registry.Api.Artifacts;

/// <summary><c>GET /api/v1/blobs/{sha256}</c>: bytes by content address, for those who load models.</summary>
internal static class BlobsApi
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapMethods("/api/v1/blobs/{sha256}", ["GET", "HEAD"], Get).Needs(Permission.Read, On.Blob());

    private static Results<PhysicalFileHttpResult, ProblemHttpResult> Get(string sha256, HttpContext http, BlobStore blobs)
    {
        if (!Blob.IsDigest(sha256))
        {
            return ApiProblem.Invalid("invalid_digest", "A blob is named by its SHA-256: 64 lower-case hexadecimal digits.");
        }
        if (blobs.Find(sha256) is not { } file)
        {
            return ApiProblem.NotFound("blob_not_found", $"No blob {sha256} is stored.");
        }
        http.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        return TypedResults.PhysicalFile(
            file,
            "application/octet-stream",
            entityTag: new EntityTagHeaderValue($"\"{sha256}\""),
            enableRangeProcessing: true
        );
    }
}
