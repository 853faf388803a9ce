using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Artifacts.Multipart;
using Slipway.Registry.Api.Artifacts.Storage;
using Slipway.Registry.Api.LoggedModels;
using Slipway.Registry.Api.Mlflow;
using Slipway.Registry.Api.Models;
using Slipway.Registry.Api.Runs;

namespace Slipway.Registry.Api.Artifacts;

/// <summary>Artifacts as MLflow's pages and clients name them: by run, by model version, by logged model.</summary>
internal static class RunArtifactsApi
{
    private const int PageEntries = 1000;

    // What MLflow's own pages upload this way are evaluation tables.
    private const long MaxPageUploadBytes = 10L << 20;

    public static void Map(RouteGroupBuilder mlflow)
    {
        mlflow.MapGet("/artifacts/list", ListAsync);
        mlflow.MapPost("/artifacts/presigned-upload-url", PresignUploadAsync);
        mlflow.MapPost("/upload-artifact", UploadAsync);
        mlflow.MapMethods("/logged-models/{model_id}/artifacts/files", ["GET", "HEAD"], DownloadOfLoggedModelAsync);
    }

    /// <summary>Routes without MLflow's prefix.</summary>
    public static void MapRoot(IEndpointRouteBuilder app)
    {
        app.MapMethods("/get-artifact", ["GET", "HEAD"], DownloadAsync).Needs(Permission.Read, On.Run());
        app.MapMethods("/model-versions/get-artifact", ["GET", "HEAD"], DownloadOfVersionAsync).Needs(Permission.Read, On.Model());
    }

    private static async Task<JsonHttpResult<ArtifactPage>> ListAsync(
        MlflowRequest request,
        RunStore runs,
        ArtifactStore artifacts,
        CancellationToken ct
    )
    {
        var run = await RunFolder.RequireRunAsync(runs, request, ct);
        return MlflowAnswer.Of(await PageAsync(artifacts, run.Info.ArtifactUri, request.Text("path"), request.Text("page_token"), ct));
    }

    /// <summary>A page of a folder below a root, its paths relative to that root.</summary>
    public static async Task<ArtifactPage> PageAsync(
        ArtifactStore artifacts,
        string rootUri,
        string? path,
        string? pageToken,
        CancellationToken ct
    )
    {
        var folder = ArtifactPathReader.ParseFolder(path)?.Value ?? "";
        var after = string.IsNullOrEmpty(pageToken) ? "" : ReadToken(pageToken);
        var entries = await artifacts.ListAsync(RunFolder.PathOf(rootUri, folder), ct, after, PageEntries + 1);
        var shown = entries.Take(PageEntries).ToList();
        return new ArtifactPage(
            rootUri,
            [.. shown.Select(entry => entry.ToFileInfo(folder.Length == 0 ? entry.Name : $"{folder}/{entry.Name}"))],
            entries.Count > PageEntries ? Convert.ToBase64String(Encoding.UTF8.GetBytes(shown[^1].Name)) : null
        );
    }

    private static async Task<FileStreamHttpResult> DownloadAsync(
        MlflowRequest request,
        HttpContext http,
        RunStore runs,
        ArtifactStore artifacts,
        BlobReader reader,
        CancellationToken ct
    )
    {
        var run = await RunFolder.RequireRunAsync(runs, request, ct);
        var path = RunFolder.PathOf(run, request.RequiredText("path"));
        var artifact = await artifacts.RequireAsync(path, ct);
        return await BlobDownload.SendAsync(http, reader, artifact.Blob, path.FileName, artifact.UpdatedAt, ct);
    }

    /// <summary>The version's own files, which stay when those of the run are overwritten or deleted.</summary>
    private static async Task<FileStreamHttpResult> DownloadOfVersionAsync(
        MlflowRequest request,
        HttpContext http,
        VersionFiles files,
        BlobReader reader,
        CancellationToken ct
    )
    {
        var name = request.RequiredText("name");
        var version = MlflowRules.CheckVersion(request.RequiredText("version"));
        var path = ArtifactPathReader.Parse(request.RequiredText("path"));
        var file = await files.FindAsync(name, version, path.Value, ct);
        return await BlobDownload.SendAsync(http, reader, file.Blob, path.FileName, file.At, ct);
    }

    private static async Task<FileStreamHttpResult> DownloadOfLoggedModelAsync(
        [FromRoute(Name = "model_id")] string modelId,
        MlflowRequest request,
        HttpContext http,
        LoggedModelStore models,
        ArtifactStore artifacts,
        BlobReader reader,
        CancellationToken ct
    )
    {
        var model = await models.RequireAsync(modelId, allowDeleted: false, ct);
        var path = RunFolder.PathOf(model.Info.ArtifactUri, request.RequiredText("artifact_file_path"));
        var artifact = await artifacts.RequireAsync(path, ct);
        return await BlobDownload.SendAsync(http, reader, artifact.Blob, path.FileName, artifact.UpdatedAt, ct);
    }

    private static async Task<JsonHttpResult<MlflowEmpty>> UploadAsync(
        HttpContext http,
        RunStore runs,
        ArtifactUploader uploader,
        CancellationToken ct
    )
    {
        var query = http.Request.Query;
        string runId = query["run_uuid"] is [{ Length: > 0 } uuid] ? uuid : query["run_id"].ToString();
        if (runId.Length == 0)
        {
            throw MlflowRefusal.Invalid("Request must specify run_uuid.");
        }
        if (query["path"] is not [{ Length: > 0 } relative])
        {
            throw MlflowRefusal.Invalid("Request must specify path.");
        }
        if (http.Request.ContentLength > MaxPageUploadBytes)
        {
            throw MlflowRefusal.Invalid("Artifact size is too large. Max size is 10MB.");
        }
        if (http.Request.ContentLength == 0)
        {
            throw MlflowRefusal.Invalid("Request must specify data.");
        }
        var run = await RequireActiveAsync(runs, runId, ct);
        await uploader.UploadAsync(http, RunFolder.PathOf(run, relative), ct);
        return MlflowAnswer.Empty;
    }

    private static async Task<JsonHttpResult<PresignedUpload>> PresignUploadAsync(
        MlflowRequest request,
        HttpContext http,
        RunStore runs,
        SignedUrls urls,
        CancellationToken ct
    )
    {
        var relative = request.RequiredText("path");
        var seconds = request.Int64("expiration") ?? SignedUrls.DefaultSeconds;
        if (seconds is < 1 or > SignedUrls.MaxSeconds)
        {
            throw MlflowRefusal.Invalid(
                $"Invalid value {seconds} for parameter 'expiration' supplied. It must be from 1 to {SignedUrls.MaxSeconds} seconds."
            );
        }
        var run = await RequireActiveAsync(runs, request.RunId(), ct);
        var url = await urls.ForFileAsync(http, RunFolder.PathOf(run, relative), TimeSpan.FromSeconds(seconds), ct);
        return MlflowAnswer.Of(new PresignedUpload(url, new Dictionary<string, string>()));
    }

    private static async Task<MlflowRun> RequireActiveAsync(RunStore runs, string runId, CancellationToken ct)
    {
        var run = await runs.RequireAsync(MlflowRules.CheckRunId(runId), ct);
        return run.Info.LifecycleStage == LifecycleStage.Active ? run : throw RunStore.NotActive(runId, run.Info.LifecycleStage);
    }

    private static string ReadToken(string token)
    {
        var buffer = new byte[token.Length];
        return
            Convert.TryFromBase64String(token, buffer, out var length)
            && ArtifactPath.TryParse(Encoding.UTF8.GetString(buffer, 0, length), out var name, out _)
            ? name.Value
            : throw MlflowRefusal.Invalid("Invalid page token, could not be decoded.");
    }
}
