using System.Security.Cryptography;

namespace Slipway.Registry.Api.Artifacts.Storage;

/// <summary>
/// Reads a blob from its beginning to its end and checks the digest on the way. The last bytes are given out only when all were right: a damaged blob ends in an
/// exception, and whoever was to receive it notices that it is incomplete.
/// </summary>
internal sealed class VerifyingStream(Stream inner, Blob blob, Action<bool> judged) : Stream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => blob.SizeBytes;

    public override long Position
    {
        get => _position;
        set => Seek(value, SeekOrigin.Begin);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_position == blob.SizeBytes || buffer.IsEmpty)
        {
            return 0;
        }
        var read = await inner.ReadAsync(buffer[..(int)Math.Min(buffer.Length, blob.SizeBytes - _position)], cancellationToken);
        return Check(buffer.Span[..read]);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count)
    {
        if (_position == blob.SizeBytes || count == 0)
        {
            return 0;
        }
        var read = inner.Read(buffer, offset, (int)Math.Min(count, blob.SizeBytes - _position));
        return Check(buffer.AsSpan(offset, read));
    }

    /// <summary>Only to where it stands: what is skipped cannot be checked.</summary>
    public override long Seek(long offset, SeekOrigin origin)
    {
        var target = origin switch
        {
            SeekOrigin.Begin => offset,
            SeekOrigin.Current => _position + offset,
            _ => blob.SizeBytes + offset,
        };
        return target == _position ? target : throw new NotSupportedException("A stream that verifies is read from its beginning.");
    }

    public override void Flush() { }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hash.Dispose();
            inner.Dispose();
        }
        base.Dispose(disposing);
    }

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync();
        await base.DisposeAsync();
    }

    private int Check(ReadOnlySpan<byte> read)
    {
        if (read.IsEmpty)
        {
            judged(false);
            throw new BlobDamagedException(blob.Sha256, "end too early");
        }
        _hash.AppendData(read);
        _position += read.Length;
        if (_position == blob.SizeBytes)
        {
            var right = Convert.ToHexStringLower(_hash.GetHashAndReset()) == blob.Sha256;
            judged(right);
            if (!right)
            {
                throw new BlobDamagedException(blob.Sha256, "are damaged");
            }
        }
        return read.Length;
    }
}
