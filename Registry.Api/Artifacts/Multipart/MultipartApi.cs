using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Artifacts.Storage;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Artifacts.Multipart;

/// <summary>
/// MLflow's multipart upload (<c>mpu/…</c>) and uploads to signed addresses. A part may be sent again, in any order, to any replica, after a restart.
/// </summary>
internal static class MultipartApi
{
    public const int MaxParts = 10_000;

    public static void Map(RouteGroupBuilder artifacts)
    {
        artifacts.MapPost("/mpu/create/{**path}", CreateAsync);
        artifacts.MapPost("/mpu/complete/{**path}", CompleteAsync);
        artifacts.MapPost("/mpu/abort/{**path}", AbortAsync);
    }

    /// <summary>Where signed addresses lead: the signature is the credential.</summary>
    public static void MapSigned(IEndpointRouteBuilder app)
    {
        app.MapPut(MlflowRoutes.ArtifactApi + "/mpu/parts/{upload}/{part:int}", PutPartAsync).AllowAnonymous();
        app.MapPut(MlflowRoutes.ArtifactApi + "/signed/{**path}", PutFileAsync).AllowAnonymous();
    }

    private static async Task<JsonHttpResult<MultipartUpload>> CreateAsync(
        string? path,
        MlflowRequest request,
        HttpContext http,
        UploadStore uploads,
        ArtifactStore artifacts,
        SignedUrls urls,
        IOptions<ArtifactOptions> options,
        CancellationToken ct
    )
    {
        var target = Target(path, request, http);
        var count = request.Int64("num_parts") ?? throw MlflowRefusal.Missing("num_parts");
        if (count is < 1 or > MaxParts)
        {
            throw MlflowRefusal.Invalid(
                $"Invalid value {count} for parameter 'num_parts' supplied. An upload has from 1 to {MaxParts} parts."
            );
        }
        ArtifactUploader.Check(target, await artifacts.FindConflictAsync(target, ct));
        var limits = options.Value;
        var upload =
            await uploads.CreateAsync(target, (int)count, TimeSpan.FromHours(limits.MultipartHours), limits.MaxMultipartUploads, ct)
            ?? throw new MlflowRefusal(
                StatusCodes.Status429TooManyRequests,
                MlflowErrorCodes.ResourceExhausted,
                $"{limits.MaxMultipartUploads} multipart uploads are open already, the limit of this server. Complete or abort some first."
            );
        var credentials = new List<MultipartCredential>(upload.Parts);
        for (var part = 1; part <= upload.Parts; part++)
        {
            var url = await urls.ForPartAsync(http, upload.Id, part, upload.ExpiresAt, ct);
            credentials.Add(new MultipartCredential(url, part, new Dictionary<string, string>()));
        }
        return MlflowAnswer.Of(new MultipartUpload(upload.Id.ToString("N"), credentials));
    }

    private static async Task<JsonHttpResult<MlflowEmpty>> PutPartAsync(
        string upload,
        int part,
        HttpContext http,
        UploadStore uploads,
        ArtifactUploader uploader,
        SignedUrls urls,
        IOptions<ArtifactOptions> options,
        CancellationToken ct
    )
    {
        await urls.CheckAsync(http, $"mpu/parts/{upload}/{part.ToString(CultureInfo.InvariantCulture)}", ct);
        var found = await RequireAsync(uploads, upload, ct);
        if (found.IsCompleted)
        {
            throw Closed();
        }
        var parts = await uploads.PartsAsync(found.Id, ct);
        var left = options.Value.MaxUploadBytes - parts.Where(p => p.Number != part).Sum(p => p.Blob.SizeBytes);
        await using var staged = await uploader.StageAsync(http, Math.Max(left, 0), ct);
        if (!await uploads.PutPartAsync(found.Id, part, staged, ct))
        {
            throw Closed();
        }
        http.Response.Headers.ETag = BlobDownload.Tag(staged.Blob).ToString();
        return MlflowAnswer.Empty;
    }

    private static async Task<JsonHttpResult<MlflowEmpty>> CompleteAsync(
        string? path,
        MlflowRequest request,
        HttpContext http,
        UploadStore uploads,
        ArtifactStore artifacts,
        ArtifactUploader uploader,
        BlobReader reader,
        ArtifactMetrics metrics,
        IOptions<ArtifactOptions> options,
        CancellationToken ct
    )
    {
        var target = Target(path, request, http);
        var upload = await RequireAsync(uploads, request.RequiredText("upload_id"), ct);
        RequireSame(upload, target);
        if (upload.IsCompleted)
        {
            // The answer to the first completion was lost.
            return MlflowAnswer.Empty;
        }
        var parts = MultipartParts.Choose(request.List("parts"), await uploads.PartsAsync(upload.Id, ct));
        var content = new ConcatenatedStream(
            parts.Select(part => (Func<CancellationToken, Task<Stream>>)(token => reader.OpenAsync(part.Blob, token)))
        );
        await using (content)
        {
            await using var staged = await uploader.StageAsync(content, options.Value.MaxUploadBytes, ct);
            var outcome = await artifacts.PutAsync(
                target,
                staged,
                (connection, token) => UploadStore.CloseAsync(connection, upload.Id, parts, token),
                ct
            );
            ArtifactUploader.Check(target, outcome);
            if (outcome == PutOutcome.NotConfirmed)
            {
                throw new MlflowRefusal(
                    StatusCodes.Status409Conflict,
                    MlflowErrorCodes.ResourceConflict,
                    "The upload was completed, aborted or given another part by another request at the same time."
                );
            }
            metrics.Uploaded(staged.Blob.SizeBytes);
            http.Response.Headers.ETag = BlobDownload.Tag(staged.Blob).ToString();
        }
        return MlflowAnswer.Empty;
    }

    private static async Task<JsonHttpResult<MlflowEmpty>> AbortAsync(
        string? path,
        MlflowRequest request,
        HttpContext http,
        UploadStore uploads,
        CancellationToken ct
    )
    {
        var target = Target(path, request, http);
        var upload = await RequireAsync(uploads, request.RequiredText("upload_id"), ct);
        RequireSame(upload, target);
        return await uploads.AbortAsync(upload.Id, ct) ? MlflowAnswer.Empty : throw Closed();
    }

    private static async Task<JsonHttpResult<MlflowEmpty>> PutFileAsync(
        string? path,
        HttpContext http,
        ArtifactUploader uploader,
        SignedUrls urls,
        CancellationToken ct
    )
    {
        var target = ArtifactPathReader.ParseRoute(path, http);
        await urls.CheckAsync(http, $"signed/{target}", ct);
        var blob = await uploader.UploadAsync(http, target, ct);
        http.Response.Headers.ETag = BlobDownload.Tag(blob).ToString();
        return MlflowAnswer.Empty;
    }

    /// <summary>The folder in the URL and the last part of the path that the file has on the client's own disk, of whatever system that is.</summary>
    private static ArtifactPath Target(string? folder, MlflowRequest request, HttpContext http)
    {
        var local = request.RequiredText("path");
        var name = local[(local.LastIndexOfAny(['/', '\\']) + 1)..];
        return string.IsNullOrEmpty(folder)
            ? ArtifactPathReader.Parse(name)
            : ArtifactPathReader.Parse($"{ArtifactPathReader.ParseRoute(folder, http)}/{ArtifactPathReader.Parse(name)}");
    }

    private static async Task<OpenUpload> RequireAsync(UploadStore uploads, string id, CancellationToken ct) =>
        (Guid.TryParseExact(id, "N", out var guid) ? await uploads.FindAsync(guid, ct) : null)
        ?? throw MlflowRefusal.NotFound($"There is no multipart upload '{MlflowRules.Shorten(id)}', or it has expired.");

    private static void RequireSame(OpenUpload upload, ArtifactPath target)
    {
        if (upload.Path != target)
        {
            throw MlflowRefusal.Invalid($"The multipart upload is not one of '{target}'.");
        }
    }

    private static MlflowRefusal Closed() => MlflowRefusal.Invalid("The multipart upload is completed or aborted: create another.");
}
