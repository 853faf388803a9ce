using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.SharedMemory;

/// <summary>
/// What one request uses of the regions. Until it is disposed they stay open, whoever unregisters them, and the bytes read from them count as held by the request: they were
/// not in its body.
/// </summary>
internal sealed class SharedMemoryUse(SharedMemoryRegions regions, RequestMemory memory) : IDisposable
{
    private List<SharedMemoryRegion>? _leased;
    private long _bytes;
    private long _held;

    /// <summary>A part of a region; throws with 404 for a name that is not registered, and with 400 for a part that is not in it.</summary>
    public SharedMemorySlice Take(string name, ulong offset, ulong byteSize)
    {
        var region = regions.Lease(name);
        (_leased ??= []).Add(region);
        var size = (ulong)region.ByteSize;
        if (offset >= size)
        {
            throw RequestRefusedException.BadRequest($"Invalid offset for shared memory region: '{name}'");
        }
        return byteSize <= size - offset
            ? new SharedMemorySlice(region, (long)offset, (long)byteSize)
            : throw RequestRefusedException.BadRequest($"Invalid offset + byte size for shared memory region: '{name}'");
    }

    /// <summary>Counts bytes that are about to be read; throws with 503 where large requests hold as many as they may.</summary>
    public void Count(long bytes) => memory.Grow(ref _held, _bytes += bytes);

    public void Dispose()
    {
        memory.Release(ref _held);
        if (_leased is null)
        {
            return;
        }
        foreach (var region in _leased)
        {
            region.Release();
        }
        _leased = null;
    }
}
