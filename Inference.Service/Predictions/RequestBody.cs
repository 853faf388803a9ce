using System.Buffers;
using System.IO.Pipelines;
using Slipway.Inference.Service.Json;

namespace Slipway.Inference.Service.Predictions;

/// <summary>
/// A whole request body, decoded. It stays in the server's own memory, from where tensors are copied once; text, whose readers want it in one piece, is made so on demand.
/// </summary>
internal sealed class RequestBody : IDisposable
{
    private readonly PipeReader? _reader;
    private readonly PooledBuffer? _decoded;
    private readonly RequestMemory? _memory;
    private long _held;
    private byte[]? _copy;

    private RequestBody(PipeReader reader, ReadOnlySequence<byte> received, RequestMemory? memory, long held)
    {
        _reader = reader;
        _memory = memory;
        _held = held;
        Bytes = received;
    }

    private RequestBody(PooledBuffer decoded, RequestMemory? memory, long held)
    {
        _decoded = decoded;
        _memory = memory;
        _held = held;
        Bytes = new ReadOnlySequence<byte>(decoded.Written);
    }

    /// <summary>The body; void after <see cref="Dispose"/>.</summary>
    public ReadOnlySequence<byte> Bytes { get; }

    /// <summary>The body in one piece.</summary>
    public ReadOnlySpan<byte> Span => First(Bytes.Length);

    /// <summary>
    /// Reads a body of at most <paramref name="maxBytes"/>, before and after decoding; a longer one is refused with 413, and one for which <paramref name="memory"/> has no
    /// room with 503.
    /// </summary>
    public static async ValueTask<RequestBody> ReadAsync(
        HttpRequest request,
        int maxBytes,
        CancellationToken ct,
        RequestMemory? memory = null
    )
    {
        if (request.ContentLength > maxBytes)
        {
            throw TooLarge(maxBytes);
        }
        long held = 0;
        try
        {
            var reader = request.BodyReader;
            while (true)
            {
                // Nothing is consumed until all is there: what arrives stays where the server put it, and memory grows with what arrives.
                var read = await reader.ReadAsync(ct);
                Check(reader, read.Buffer, maxBytes, memory, ref held);
                if (read.IsCompleted)
                {
                    if (request.Headers.ContentEncoding.Count == 0)
                    {
                        return new RequestBody(reader, read.Buffer, memory, held);
                    }
                    var decoded = Decode(reader, read.Buffer, request.Headers.ContentEncoding.ToString(), maxBytes, memory);
                    memory?.Release(ref held);
                    return decoded;
                }
                reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            }
        }
        catch
        {
            memory?.Release(ref held);
            throw;
        }
    }

    /// <summary>The first bytes in one piece; valid until the next call.</summary>
    public ReadOnlySpan<byte> First(long length)
    {
        var part = Bytes.Slice(0, length);
        if (part.IsSingleSegment)
        {
            return part.FirstSpan;
        }
        ReturnCopy();
        _copy = ByteBuffers.Rent((int)length);
        part.CopyTo(_copy);
        return _copy.AsSpan(0, (int)length);
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        ReturnCopy();
        _decoded?.Dispose();
        _reader?.AdvanceTo(Bytes.End);
        _memory?.Release(ref _held);
    }

    // What is refused is consumed: nobody reads it any more.
    private static void Check(PipeReader reader, in ReadOnlySequence<byte> received, int maxBytes, RequestMemory? memory, ref long held)
    {
        try
        {
            if (received.Length > maxBytes)
            {
                throw TooLarge(maxBytes);
            }
            memory?.Grow(ref held, received.Length);
        }
        catch
        {
            reader.AdvanceTo(received.End);
            throw;
        }
    }

    private static RequestBody Decode(
        PipeReader reader,
        ReadOnlySequence<byte> received,
        string coding,
        int maxBytes,
        RequestMemory? memory
    )
    {
        try
        {
            var decoded = ContentCoding.Decode(received, coding, maxBytes, () => TooLarge(maxBytes), memory, out var held);
            return new RequestBody(decoded, memory, held);
        }
        finally
        {
            reader.AdvanceTo(received.End);
        }
    }

    private void ReturnCopy()
    {
        if (_copy is not null)
        {
            ByteBuffers.Return(_copy);
            _copy = null;
        }
    }

    private static RequestRefusedException TooLarge(int maxBytes) =>
        new(
            StatusCodes.Status413PayloadTooLarge,
            $"the request body exceeds the limit of {maxBytes} bytes ({InferenceOptions.Section}:{nameof(InferenceOptions.MaxRequestBytes)})"
        );
}
