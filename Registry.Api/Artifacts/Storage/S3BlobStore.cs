using System.Runtime.CompilerServices;
using Amazon.S3;
using Amazon.S3.Model;

namespace Slipway.Registry.Api.Artifacts.Storage;

/// <summary>
/// Blobs as objects of an S3 service: <c>blobs/ab/abcd…</c> below the prefix. What fits into one part is held in memory until it is placed; more goes in parts to
/// an object aside, which is copied within the service when it is placed.
/// </summary>
internal sealed class S3BlobStore(IAmazonS3 client, S3Options options, ILogger<S3BlobStore> logger) : IBlobStore
{
    /// <summary>The largest object that S3 copies in one piece; larger uploads cannot be configured with this store.</summary>
    public const long MaxObjectBytes = 5L << 30;

    private string BlobPrefix => $"{options.Prefix}blobs/";

    private string UploadPrefix => $"{options.Prefix}uploads/";

    public async Task<IStagedBlob> StageAsync(Stream content, long maxBytes, CancellationToken ct)
    {
        var upload = new S3Upload(client, options, $"{UploadPrefix}{Guid.NewGuid():N}", KeyOf, logger);
        try
        {
            await upload.ReceiveAsync(content, maxBytes, ct);
            return upload;
        }
        catch
        {
            await upload.DisposeAsync();
            throw;
        }
    }

    public async Task<StoredBlob?> FindAsync(string sha256, CancellationToken ct)
    {
        try
        {
            var found = await client.GetObjectMetadataAsync(
                new GetObjectMetadataRequest { BucketName = options.Bucket, Key = KeyOf(sha256) },
                ct
            );
            return new StoredBlob(sha256, found.ContentLength, Utc(found.LastModified), found.ETag ?? "");
        }
        catch (AmazonS3Exception e) when (e.StatusCode == System.Net.HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    public Stream Open(StoredBlob blob) => new S3BlobStream(client, options.Bucket!, KeyOf(blob.Sha256), blob.SizeBytes);

    // S3 says nothing of whether there was an object.
    public Task DeleteAsync(string sha256, CancellationToken ct) => client.DeleteObjectAsync(options.Bucket, KeyOf(sha256), ct);

    public async IAsyncEnumerable<StoredBlob> ListAsync([EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var found in ListAsync(BlobPrefix, ct))
        {
            var name = found.Key[(found.Key.LastIndexOf('/') + 1)..];
            if (Blob.IsDigest(name))
            {
                yield return new StoredBlob(name, found.Size ?? 0, Utc(found.LastModified), found.ETag ?? "");
            }
        }
    }

    public async Task DeleteAbandonedAsync(DateTimeOffset before, CancellationToken ct)
    {
        await foreach (var found in ListAsync(UploadPrefix, ct))
        {
            if (Utc(found.LastModified) < before)
            {
                await client.DeleteObjectAsync(options.Bucket, found.Key, ct);
            }
        }
        await AbortAbandonedAsync(before, ct);
    }

    public Uri? Presign(string sha256, string fileName, TimeSpan lifetime)
    {
        var request = new GetPreSignedUrlRequest
        {
            BucketName = options.Bucket,
            Key = KeyOf(sha256),
            Verb = HttpVerb.GET,
            // The signer takes wall-clock time; it is compared by the service's own clock.
            Expires = TimeProvider.System.GetUtcNow().UtcDateTime + lifetime,
            Protocol = client.Config.ServiceURL?.StartsWith("http:", StringComparison.OrdinalIgnoreCase) is true
                ? Protocol.HTTP
                : Protocol.HTTPS,
        };
        request.ResponseHeaderOverrides.ContentType = "application/octet-stream";
        request.ResponseHeaderOverrides.ContentDisposition = $"attachment; filename*=UTF-8''{Uri.EscapeDataString(fileName)}";
        return new Uri(client.GetPreSignedURL(request));
    }

    private async Task AbortAbandonedAsync(DateTimeOffset before, CancellationToken ct)
    {
        ListMultipartUploadsResponse open;
        try
        {
            open = await client.ListMultipartUploadsAsync(
                new ListMultipartUploadsRequest { BucketName = options.Bucket, Prefix = UploadPrefix },
                ct
            );
        }
        catch (AmazonS3Exception e) when (e.StatusCode == System.Net.HttpStatusCode.NotImplemented)
        {
            // Such a service ends them by its own rules.
            return;
        }
        foreach (var upload in open.MultipartUploads ?? [])
        {
            if (Utc(upload.Initiated) < before)
            {
                await client.AbortMultipartUploadAsync(options.Bucket, upload.Key, upload.UploadId, ct);
            }
        }
    }

    private string KeyOf(string sha256) =>
        Blob.IsDigest(sha256)
            ? $"{BlobPrefix}{sha256[..2]}/{sha256}"
            : throw new ArgumentException("Not a SHA-256 digest.", nameof(sha256));

    private async IAsyncEnumerable<S3Object> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken ct)
    {
        string? token = null;
        do
        {
            var page = await client.ListObjectsV2Async(
                new ListObjectsV2Request
                {
                    BucketName = options.Bucket,
                    Prefix = prefix,
                    ContinuationToken = token,
                },
                ct
            );
            foreach (var found in page.S3Objects ?? [])
            {
                yield return found;
            }
            token = page.IsTruncated is true ? page.NextContinuationToken : null;
        } while (token is not null);
    }

    private static DateTimeOffset Utc(DateTime? time) => time is { } known ? new DateTimeOffset(known.ToUniversalTime()) : default;
}
