using System.Buffers;
using System.IO.Pipelines;
using Slipway.Inference.Service.Json;
using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.Grpc;

/// <summary>One message of a call's request stream, decoded, in the server's own memory until it is disposed.</summary>
internal sealed class GrpcMessage : IDisposable
{
    private readonly PipeReader? _reader;
    private readonly PooledBuffer? _decoded;
    private readonly RequestMemory? _memory;
    private long _held;

    /// <summary>A message that the reader holds, and <paramref name="memory"/> counts; disposing it consumes it.</summary>
    public GrpcMessage(PipeReader reader, ReadOnlySequence<byte> bytes, RequestMemory? memory = null, long held = 0)
    {
        _reader = reader;
        _memory = memory;
        _held = held;
        Bytes = bytes;
    }

    /// <summary>A message that was decoded into a buffer, which it owns, and <paramref name="memory"/> counts.</summary>
    public GrpcMessage(PooledBuffer decoded, RequestMemory? memory, long held)
    {
        _decoded = decoded;
        _memory = memory;
        _held = held;
        Bytes = new ReadOnlySequence<byte>(decoded.Written);
    }

    /// <summary>The message.</summary>
    public ReadOnlySequence<byte> Bytes { get; }

    public void Dispose()
    {
        _decoded?.Dispose();
        _reader?.AdvanceTo(Bytes.End);
        _memory?.Release(ref _held);
    }
}
