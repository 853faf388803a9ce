using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Slipway.Registry.Api.Artifacts.Storage;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Artifacts;

/// <summary>Receives the body of a request as a file, whatever the route; refuses what is too large or cannot be where it should.</summary>
internal sealed class ArtifactUploader(
    IBlobStore blobs,
    ArtifactStore artifacts,
    IOptions<ArtifactOptions> options,
    ArtifactMetrics metrics
)
{
    /// <summary>Stores the request's body at a path.</summary>
    public async Task<Blob> UploadAsync(HttpContext http, ArtifactPath target, CancellationToken ct)
    {
        // A conflict is better told before a gigabyte has been sent than after.
        Check(target, await artifacts.FindConflictAsync(target, ct));
        await using var staged = await StageAsync(http, options.Value.MaxUploadBytes, ct);
        Check(target, await artifacts.PutAsync(target, staged, ct));
        metrics.Uploaded(staged.Blob.SizeBytes);
        return staged.Blob;
    }

    /// <summary>Receives the request's body, of at most so many bytes.</summary>
    public async Task<IStagedBlob> StageAsync(HttpContext http, long limit, CancellationToken ct)
    {
        if (http.Request.ContentLength > limit)
        {
            throw TooLarge(limit);
        }
        // The framework's limit for all bodies is lifted here; the store counts the bytes.
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }
        return await StageAsync(http.Request.Body, limit, ct);
    }

    /// <summary>As above, from any stream.</summary>
    public async Task<IStagedBlob> StageAsync(Stream content, long limit, CancellationToken ct)
    {
        try
        {
            return await blobs.StageAsync(content, limit, ct);
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
    }

    /// <summary>Refuses what did not come to be stored.</summary>
    public static void Check(ArtifactPath target, PutOutcome? outcome)
    {
        if (outcome is PutOutcome.UnderFile or PutOutcome.OntoFolder)
        {
            throw MlflowRefusal.Invalid(
                outcome == PutOutcome.UnderFile
                    ? $"Invalid path: '{target}' lies below a file."
                    : $"Invalid path: '{target}' is a folder; a file cannot replace it."
            );
        }
    }

    private static MlflowRefusal TooLarge(long limit) =>
        new(
            StatusCodes.Status413PayloadTooLarge,
            MlflowErrorCodes.InvalidParameterValue,
            $"The file is larger than {limit} bytes, the limit of this server."
        );
}
