using System.Buffers;
using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;

namespace Slipway.Registry.Api.Artifacts.Storage;

/// <summary>An upload on its way into an S3 service: one part is received while the one before it is sent.</summary>
internal sealed class S3Upload(IAmazonS3 client, S3Options options, string temporaryKey, Func<string, string> keyOf, ILogger logger)
    : IStagedBlob
{
    private readonly List<PartETag> _parts = [];
    private byte[]? _small;
    private string? _uploadId;
    private bool _isStored;

    public Blob Blob { get; private set; }

    public async Task ReceiveAsync(Stream content, long maxBytes, CancellationToken ct)
    {
        var (filling, sending) = (Rent(), Rent());
        Task sent = Task.CompletedTask;
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var size = 0L;
            while (true)
            {
                var read = await content.ReadAtLeastAsync(filling.AsMemory(0, options.PartBytes), options.PartBytes, false, ct);
                size += read;
                if (size > maxBytes)
                {
                    throw new UploadTooLargeException(maxBytes);
                }
                hash.AppendData(filling, 0, read);
                var isLast = read < options.PartBytes;
                if (isLast && size == read)
                {
                    _small = filling[..read];
                    break;
                }
                await sent;
                sent = Task.CompletedTask;
                if (read > 0)
                {
                    sent = SendAsync(filling, read, ct);
                    (filling, sending) = (sending, filling);
                }
                if (isLast)
                {
                    await sent;
                    await CompleteAsync(ct);
                    break;
                }
            }
            Blob = new Blob(Convert.ToHexStringLower(hash.GetHashAndReset()), size);
        }
        finally
        {
            // A buffer that is still being sent must not go to anybody else.
            await sent.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ArrayPool<byte>.Shared.Return(filling);
            ArrayPool<byte>.Shared.Return(sending);
        }
    }

    public async Task PlaceAsync(CancellationToken ct)
    {
        var key = keyOf(Blob.Sha256);
        if (_small is { } content)
        {
            using var body = new MemoryStream(content, writable: false);
            await client.PutObjectAsync(
                new PutObjectRequest
                {
                    BucketName = options.Bucket,
                    Key = key,
                    InputStream = body,
                    UseChunkEncoding = false,
                },
                ct
            );
            return;
        }
        await client.CopyObjectAsync(options.Bucket, temporaryKey, options.Bucket, key, ct);
    }

    /// <summary>Deletes what lies aside; what cannot be deleted now is found by the pass over abandoned uploads.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_isStored)
            {
                await client.DeleteObjectAsync(options.Bucket, temporaryKey);
            }
            else if (_uploadId is not null)
            {
                await client.AbortMultipartUploadAsync(options.Bucket, temporaryKey, _uploadId);
            }
        }
        catch (Exception e)
            when (e is Amazon.Runtime.AmazonClientException or Amazon.Runtime.AmazonServiceException or HttpRequestException)
        {
            RegistryLog.TempFileLeft(logger, temporaryKey, e.Message);
        }
    }

    private byte[] Rent() => ArrayPool<byte>.Shared.Rent(options.PartBytes);

    private async Task SendAsync(byte[] buffer, int count, CancellationToken ct)
    {
        _uploadId ??= (await client.InitiateMultipartUploadAsync(options.Bucket, temporaryKey, ct)).UploadId;
        using var body = new MemoryStream(buffer, 0, count, writable: false);
        var number = _parts.Count + 1;
        var answer = await client.UploadPartAsync(
            new UploadPartRequest
            {
                BucketName = options.Bucket,
                Key = temporaryKey,
                UploadId = _uploadId,
                PartNumber = number,
                PartSize = count,
                InputStream = body,
                UseChunkEncoding = false,
            },
            ct
        );
        _parts.Add(new PartETag(number, answer.ETag));
    }

    private async Task CompleteAsync(CancellationToken ct)
    {
        await client.CompleteMultipartUploadAsync(
            new CompleteMultipartUploadRequest
            {
                BucketName = options.Bucket,
                Key = temporaryKey,
                UploadId = _uploadId,
                PartETags = _parts,
            },
            ct
        );
        _isStored = true;
    }
}
