using System.Buffers;
using System.IO.Pipelines;
using Slipway.Inference.Engine.Tensors;
using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.Json;

/// <summary>
/// A growing byte buffer on pooled memory, for answers whose length must be known before they are sent. The bytes of large tensors are not copied into it: it remembers
/// where they belong, and they go out from where they are.
/// </summary>
internal sealed class PooledBuffer : IBufferWriter<byte>, IDisposable
{
    // Below it, one more copy costs less than one more piece.
    private const int MinSpliceBytes = 16 * 1024;

    // Of text: what is larger would be gigabytes of digits.
    private const int MaxBytes = 1 << 30;

    // What may wait in the connection's memory before the client has taken it.
    private const int FlushBytes = 64 * 1024;

    private readonly List<(int At, Tensor Tensor)> _splices = [];
    private byte[] _bytes = ByteBuffers.Rent(1024);
    private long _splicedBytes;

    /// <summary>Bytes in the buffer itself.</summary>
    public int Length { get; private set; }

    /// <summary>Bytes in all.</summary>
    public long TotalLength => Length + _splicedBytes;

    /// <summary>What is in the buffer itself.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Length);

    public void Clear()
    {
        Length = 0;
        _splicedBytes = 0;
        _splices.Clear();
    }

    public void Advance(int count) => Length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(1, sizeHint));
        return _bytes.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(1, sizeHint));
        return _bytes.AsSpan(Length);
    }

    public void Write(byte value)
    {
        Reserve(1);
        _bytes[Length++] = value;
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(Length));
        Length += bytes.Length;
    }

    /// <summary>Puts the bytes of a tensor here, which has to live until they are sent.</summary>
    public void WriteRaw(Tensor tensor)
    {
        var bytes = tensor.RawBytes;
        if (bytes.Length < MinSpliceBytes)
        {
            Write(bytes);
            return;
        }
        _splices.Add((Length, tensor));
        _splicedBytes += bytes.Length;
    }

    /// <summary>Changes bytes that were written before, such as a length that was not known then.</summary>
    public Span<byte> Rewrite(int start, int count) => _bytes.AsSpan(start, count);

    /// <summary>Sends everything; a client that takes its time is waited for.</summary>
    public async ValueTask SendAsync(PipeWriter writer, CancellationToken ct)
    {
        var sent = 0;
        foreach (var (at, tensor) in _splices)
        {
            writer.Write(_bytes.AsSpan(sent, at - sent));
            sent = at;
            var count = tensor.RawBytes.Length;
            for (var start = 0; start < count; start += FlushBytes)
            {
                writer.Write(tensor.RawBytes.Slice(start, Math.Min(FlushBytes, count - start)));
                await writer.FlushAsync(ct);
            }
        }
        await writer.WriteAsync(_bytes.AsMemory(sent, Length - sent), ct);
    }

    /// <summary>Copies everything to a stream.</summary>
    public void CopyTo(Stream target)
    {
        var copied = 0;
        foreach (var (at, tensor) in _splices)
        {
            target.Write(_bytes, copied, at - copied);
            copied = at;
            target.Write(tensor.RawBytes);
        }
        target.Write(_bytes, copied, Length - copied);
    }

    public void Dispose()
    {
        ByteBuffers.Return(_bytes);
        _bytes = [];
    }

    private void Reserve(int bytes)
    {
        if (_bytes.Length - Length >= bytes)
        {
            return;
        }
        if (Length + (long)bytes > MaxBytes)
        {
            throw new RequestRefusedException(
                StatusCodes.Status500InternalServerError,
                $"a text of more than {MaxBytes} bytes is needed for this: ask for fewer rows or outputs, or for outputs in binary form"
            );
        }
        var larger = ByteBuffers.Rent((int)Math.Min(MaxBytes, Math.Max(_bytes.Length * 2L, Length + (long)bytes)));
        _bytes.AsSpan(0, Length).CopyTo(larger);
        ByteBuffers.Return(_bytes);
        _bytes = larger;
    }
}
