using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.SharedMemory;

/// <summary>The parameters by which a tensor of a request says that it is in shared memory, as they were sent.</summary>
internal record struct SharedMemoryPlace
{
    /// <summary><c>shared_memory_region</c>.</summary>
    public string? Region { get; set; }

    /// <summary><c>shared_memory_offset</c>; 0 where it is not given.</summary>
    public ulong? Offset { get; set; }

    /// <summary><c>shared_memory_byte_size</c>.</summary>
    public ulong? ByteSize { get; set; }

    /// <summary>Where the tensor's bytes are, or null where it is not in shared memory.</summary>
    public readonly SharedMemorySlice? Find(SharedMemoryUse? use, string tensor)
    {
        if (Region is null)
        {
            return Offset is not null ? throw Alone("shared_memory_offset", tensor)
                : ByteSize is not null ? throw Alone("shared_memory_byte_size", tensor)
                : null;
        }
        return ByteSize is { } size
            ? use!.Take(Region, Offset ?? 0, size)
            : throw RequestRefusedException.BadRequest(
                $"'shared_memory_byte_size' must be specified along with 'shared_memory_region' parameter for tensor '{tensor}'"
            );
    }

    private static RequestRefusedException Alone(string parameter, string tensor) =>
        RequestRefusedException.BadRequest(
            $"'{parameter}' can not be specified without 'shared_memory_region' parameter for tensor '{tensor}'"
        );
}
