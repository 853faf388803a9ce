using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Artifacts.Storage;
using Slipway.Registry.Api.Mlflow;

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
        artifacts.MapGet("/presigned/{**path}", PresignAsync);
    }

    private static async Task<JsonHttpResult<MlflowEmpty>> UploadAsync(
        string? path,
        HttpContext http,
        ArtifactUploader uploader,
        CancellationToken ct
    )
    {
        var blob = await uploader.UploadAsync(http, ArtifactPathReader.ParseRoute(path, http), ct);
        BlobDownload.WriteDigest(http.Response.Headers, blob);
        http.Response.Headers.ETag = BlobDownload.Tag(blob).ToString();
        return MlflowAnswer.Empty;
    }

    private static async Task<FileStreamHttpResult> DownloadAsync(
        string? path,
        HttpContext http,
        BlobReader reader,
        ArtifactStore artifacts,
        CancellationToken ct
    )
    {
        var source = ArtifactPathReader.ParseRoute(path, http);
        var artifact = await artifacts.RequireAsync(source, ct);
        return await BlobDownload.SendAsync(http, reader, artifact.Blob, source.FileName, artifact.UpdatedAt, ct);
    }

    private static async Task<JsonHttpResult<ArtifactPage>> ListAsync(string? path, ArtifactStore artifacts, CancellationToken ct)
    {
        var entries = await artifacts.ListAsync(ArtifactPathReader.ParseFolder(path), ct);
        return MlflowAnswer.Of(new ArtifactPage(null, [.. entries.Select(entry => entry.ToFileInfo(entry.Name))]));
    }

    private static async Task<JsonHttpResult<MlflowEmpty>> DeleteAsync(
        string? path,
        HttpContext http,
        ArtifactStore artifacts,
        CancellationToken ct
    )
    {
        await artifacts.DeleteAsync(ArtifactPathReader.ParseRoute(path, http), ct);
        return MlflowAnswer.Empty;
    }

    private static async Task<JsonHttpResult<PresignedDownload>> PresignAsync(
        string? path,
        HttpContext http,
        IBlobStore blobs,
        ArtifactStore artifacts,
        IOptions<ArtifactOptions> options,
        CancellationToken ct
    )
    {
        var source = ArtifactPathReader.ParseRoute(path, http);
        var artifact = await artifacts.RequireAsync(source, ct);
        var url =
            blobs.Presign(artifact.Blob.Sha256, source.FileName, TimeSpan.FromMinutes(options.Value.PresignedMinutes))
            ?? throw new MlflowRefusal(
                StatusCodes.Status501NotImplemented,
                MlflowErrorCodes.NotImplemented,
                "Presigned download is not supported for the current artifact repository: GET the artifact."
            );
        return MlflowAnswer.Of(new PresignedDownload(url.AbsoluteUri, new Dictionary<string, string>(), artifact.Blob.SizeBytes));
    }
}
