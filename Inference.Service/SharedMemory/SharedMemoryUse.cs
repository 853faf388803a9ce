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
            ? new SharedMemorySlice(this, region, (long)offset, (long)byteSize)
            : throw RequestRefusedException.BadRequest($"Invalid offset + byte size for shared memory region: '{name}'");
    }

    /// <summary>See <see cref="SharedMemorySlice.Hold"/>.</summary>
    public void Hold(long bytes)
    {
        _bytes += bytes;
        if (_bytes > memory.LimitBytes)
        {
            throw new RequestRefusedException(
                StatusCodes.Status413PayloadTooLarge,
                $"the inputs in shared memory take {_bytes} bytes, and all requests together may hold {memory.LimitBytes} ({InferenceOptions.Section}:{nameof(InferenceOptions.MaxHeldRequestBytes)})"
            );
        }
        memory.Grow(ref _held, _bytes);
    }

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
