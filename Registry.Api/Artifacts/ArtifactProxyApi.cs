using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Mlflow;
using Slipway.Registry.Api.Telemetry;

namespace Slipway.Registry.Api.Artifacts;

/// <summary>MLflow's artifact proxy: <c>/api/2.0/mlflow-artifacts/artifacts/{path}</c>, streaming both ways.</summary>
internal static class ArtifactProxyApi
{
    public static void Map(RouteGroupBuilder artifacts)
    {
        artifacts.MapGet("/artifacts", ListAsync);
        artifacts.MapPut("/artifacts/{**path}", UploadAsync);
        artifacts.MapMethods("/artifacts/{**path}", ["GET", "HEAD"], DownloadAsync);
        artifacts.MapDelete("/artifacts/{**path}", DeleteAsync);
        artifacts.MapMethods("/mpu/{**path}", ["POST"], MultipartNotSupported);
        artifacts.MapGet("/presigned/{**path}", PresignedNotSupported);
    }

    private static async Task<JsonHttpResult<MlflowEmpty>> UploadAsync(
        string path,
        HttpContext http,
        BlobStore blobs,
        ArtifactStore artifacts,
        IOptions<ArtifactOptions> options,
        RegistryMetrics metrics,
        CancellationToken ct
    )
    {
        var target = Parse(path, http);
        var limit = options.Value.MaxUploadBytes;
        if (http.Request.ContentLength > limit)
        {
            throw TooLarge(limit);
        }
        // The framework's limit for all bodies is lifted here; the store counts the bytes.
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }
        Blob blob;
        try
        {
            blob = await blobs.StoreAsync(http.Request.Body, limit, ct);
        }
        catch (UploadTooLargeException)
        {
            throw TooLarge(limit);
        }
        catch (IOException e) when (DiskFull.Is(e))
        {
            throw new MlflowRefusal(
                StatusCodes.Status507InsufficientStorage,
                MlflowErrorCodes.InternalError,
                "The registry's disk is full."
            );
        }
        var outcome = await artifacts.PutAsync(target, blob, ct);
        if (outcome != PutOutcome.Stored)
        {
            throw MlflowRefusal.Invalid(
                outcome == PutOutcome.UnderFile
                    ? $"Invalid path: '{target}' lies below a file."
                    : $"Invalid path: '{target}' is a folder; a file cannot replace it."
            );
        }
        metrics.Uploaded(blob.SizeBytes);
        WriteDigest(http.Response, blob);
        http.Response.Headers.ETag = Tag(blob).ToString();
        return MlflowAnswer.Empty;
    }

    private static async Task<PhysicalFileHttpResult> DownloadAsync(
        string path,
        HttpContext http,
        BlobStore blobs,
        ArtifactStore artifacts,
        CancellationToken ct
    )
    {
        var source = Parse(path, http);
        var artifact = await artifacts.FindAsync(source, ct) ?? throw MlflowRefusal.NotFound($"No artifact exists at path '{source}'.");
        var file =
            blobs.Find(artifact.Blob.Sha256)
            ?? throw new InvalidOperationException($"The blob {artifact.Blob.Sha256} of artifact {source} is missing on disk.");
        WriteDigest(http.Response, artifact.Blob);
        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.Headers.ContentSecurityPolicy = "sandbox";
        return TypedResults.PhysicalFile(
            file,
            "application/octet-stream",
            fileDownloadName: source.FileName,
            lastModified: artifact.UpdatedAt,
            entityTag: Tag(artifact.Blob),
            enableRangeProcessing: true
        );
    }

    private static async Task<JsonHttpResult<ArtifactPage>> ListAsync(string? path, ArtifactStore artifacts, CancellationToken ct)
    {
        var trimmed = path?.TrimEnd('/');
        ArtifactPath? folder = string.IsNullOrEmpty(trimmed) && path is not "/" ? null : Parse(trimmed);
        var entries = await artifacts.ListAsync(folder, ct);
        return MlflowAnswer.Of(new ArtifactPage(null, [.. entries.Select(entry => Info(entry, entry.Name))]));
    }

    private static async Task<JsonHttpResult<MlflowEmpty>> DeleteAsync(
        string path,
        HttpContext http,
        ArtifactStore artifacts,
        CancellationToken ct
    )
    {
        await artifacts.DeleteAsync(Parse(path, http), ct);
        return MlflowAnswer.Empty;
    }

    private static JsonHttpResult<MlflowEmpty> MultipartNotSupported() =>
        // The words that tell MLflow's client to send the file in one piece.
        throw NotSupported("Multipart upload is not supported for the current artifact repository: send the file with one PUT.");

    private static JsonHttpResult<MlflowEmpty> PresignedNotSupported() =>
        throw NotSupported("Presigned download is not supported for the current artifact repository: GET the artifact.");

    internal static MlflowFileInfo Info(ArtifactEntry entry, string path) =>
        new()
        {
            Path = path,
            IsDir = entry.IsFolder,
            FileSize = entry.IsFolder ? null : entry.SizeBytes,
        };

    /// <summary>Reads a path that a client gave. Slashes that arrive encoded are slashes.</summary>
    internal static ArtifactPath Parse(string? path) =>
        ArtifactPath.TryParse(path?.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase), out var parsed, out var error)
            ? parsed
            : throw MlflowRefusal.Invalid($"Invalid path: {error}.");

    /// <summary>
    /// As <see cref="Parse(string?)"/>, for a path in the URL. The web server resolves dot segments before routing: a request that held one is refused all the same,
    /// since it would act on another path than the one it names.
    /// </summary>
    private static ArtifactPath Parse(string path, HttpContext http)
    {
        var target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        return Uri.UnescapeDataString(target.Split('?')[0]).Split('/').Any(segment => segment is "." or "..")
            ? throw MlflowRefusal.Invalid("Invalid path: it must not hold '.' or '..'.")
            : Parse(path);
    }

    private static MlflowRefusal NotSupported(string message) =>
        new(StatusCodes.Status501NotImplemented, MlflowErrorCodes.NotImplemented, message);

    private static MlflowRefusal TooLarge(long limit) =>
        new(
            StatusCodes.Status413PayloadTooLarge,
            MlflowErrorCodes.InvalidParameterValue,
            $"The file is larger than {limit} bytes, the limit of this server."
        );

    private static EntityTagHeaderValue Tag(Blob blob) => new($"\"{blob.Sha256}\"");

    /// <summary>RFC 9530: the digest of the whole file, whatever range is sent.</summary>
    private static void WriteDigest(HttpResponse response, Blob blob) =>
        response.Headers["Repr-Digest"] = $"sha-256=:{Convert.ToBase64String(Convert.FromHexString(blob.Sha256))}:";
}
