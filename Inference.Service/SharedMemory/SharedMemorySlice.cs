using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.SharedMemory;

/// <summary>The bytes of a region that a tensor of a request is in, or goes to; valid while the request's <see cref="SharedMemoryUse"/> is.</summary>
internal sealed class SharedMemorySlice(SharedMemoryUse use, SharedMemoryRegion region, long start, long byteSize)
{
    /// <summary>Its size in bytes.</summary>
    public long ByteSize { get; } = byteSize;

    /// <summary>
    /// Counts its bytes as held by the request, before memory is claimed for them and once it is known that they are what the tensor needs. Throws with 503 where requests hold
    /// as many as they may, and with 413 where this one alone would hold more.
    /// </summary>
    public void Hold() => use.Hold(ByteSize);

    /// <summary>Copies out its first bytes.</summary>
    public void Read(Span<byte> target) => region.Read(start, target);

    /// <summary>Throws with 400 where it has fewer bytes than an output takes.</summary>
    public void RequireRoom(string output, long bytes)
    {
        if (bytes > ByteSize)
        {
            throw RequestRefusedException.BadRequest(
                $"shared memory size specified with the request for output '{output}' ({ByteSize} bytes) should be at least {bytes} bytes to hold the results"
            );
        }
    }

    /// <summary>Copies an output into its first bytes; throws with 400 where there are too few.</summary>
    public void Write(string output, ReadOnlySpan<byte> bytes)
    {
        RequireRoom(output, bytes.Length);
        region.Write(start, bytes);
    }
}
