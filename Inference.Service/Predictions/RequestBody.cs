using System.Buffers;
using System.IO.Pipelines;

namespace Slipway.Inference.Service.Predictions;

/// <summary>A whole request body in one span: in place where the server received it in one piece, else copied into a pooled array.</summary>
internal readonly struct RequestBody : IDisposable
{
    // What a client announces is no reason to claim memory for it: that grows with what arrives.
    private const int MaxFirstRentBytes = 1 << 20;

    private readonly PipeReader _reader;
    private readonly ReadOnlySequence<byte> _received;
    private readonly byte[]? _copy;
    private readonly int _length;

    private RequestBody(PipeReader reader, ReadOnlySequence<byte> received)
    {
        _reader = reader;
        _received = received;
        _length = (int)received.Length;
    }

    private RequestBody(PipeReader reader, byte[] copy, int length)
    {
        _reader = reader;
        _copy = copy;
        _length = length;
    }

    public ReadOnlySpan<byte> Span => _copy is null ? _received.FirstSpan : _copy.AsSpan(0, _length);

    /// <summary>Reads a body of at most <paramref name="maxBytes"/>; a longer one is refused with 413.</summary>
    public static async ValueTask<RequestBody> ReadAsync(HttpRequest request, int maxBytes, CancellationToken ct)
    {
        if (request.ContentLength > maxBytes)
        {
            throw TooLarge(maxBytes);
        }
        if (request.Headers.ContentEncoding.Count > 0)
        {
            throw new RequestRefusedException(
                StatusCodes.Status415UnsupportedMediaType,
                $"Content-Encoding '{request.Headers.ContentEncoding}' is not supported: send the body as it is"
            );
        }
        var reader = request.BodyReader;
        var read = await reader.ReadAsync(ct);
        return read.IsCompleted && read.Buffer.IsSingleSegment
            ? new RequestBody(reader, read.Buffer)
            : await CopyAsync(reader, read, (int)(request.ContentLength ?? 0), maxBytes, ct);
    }

    /// <summary>Gives the memory back; the span is void afterwards.</summary>
    public void Dispose()
    {
        if (_copy is not null)
        {
            ArrayPool<byte>.Shared.Return(_copy);
            return;
        }
        _reader.AdvanceTo(_received.End);
    }

    private static async ValueTask<RequestBody> CopyAsync(
        PipeReader reader,
        ReadResult read,
        int expected,
        int maxBytes,
        CancellationToken ct
    )
    {
        var copy = ArrayPool<byte>.Shared.Rent(Math.Clamp(expected, 16 * 1024, MaxFirstRentBytes));
        var length = 0;
        try
        {
            while (true)
            {
                var received = read.Buffer;
                if (length + received.Length > maxBytes)
                {
                    reader.AdvanceTo(received.End);
                    throw TooLarge(maxBytes);
                }
                var needed = length + (int)received.Length;
                if (needed > copy.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Math.Max(copy.Length * 2L, needed), maxBytes));
                    copy.AsSpan(0, length).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(copy);
                    copy = larger;
                }
                received.CopyTo(copy.AsSpan(length));
                length = needed;
                reader.AdvanceTo(received.End);
                if (read.IsCompleted)
                {
                    return new RequestBody(reader, copy, length);
                }
                read = await reader.ReadAsync(ct);
            }
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(copy);
            throw;
        }
    }

    private static RequestRefusedException TooLarge(int maxBytes) =>
        new(
            StatusCodes.Status413PayloadTooLarge,
            $"the request body exceeds the limit of {maxBytes} bytes ({InferenceOptions.Section}:{nameof(InferenceOptions.MaxRequestBytes)})"
        );
}
