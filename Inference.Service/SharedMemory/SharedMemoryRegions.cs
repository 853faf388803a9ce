using Microsoft.Extensions.Options;
using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.SharedMemory;

/// <summary>The regions that clients registered, by their names; texts of refusals are Triton's.</summary>
internal sealed class SharedMemoryRegions(IOptions<SharedMemoryOptions> options, RequestMemory memory) : IDisposable
{
    private const int MaxNameLength = 1024;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, SharedMemoryRegion> _regions = new(StringComparer.Ordinal);

    /// <summary>Whether clients may use shared memory: where they were let in, on Linux.</summary>
    public bool IsOffered { get; } = options.Value.Enabled && OperatingSystem.IsLinux();

    /// <summary>For one request; null where shared memory is not offered.</summary>
    public SharedMemoryUse? Begin() => IsOffered ? new SharedMemoryUse(this, memory) : null;

    /// <summary>Throws with 501 where shared memory is not offered.</summary>
    public void RequireOffered()
    {
        if (!IsOffered)
        {
            throw new RequestRefusedException(StatusCodes.Status501NotImplemented, "shared memory is not offered by this server");
        }
    }

    /// <summary>
    /// Registers bytes of a shared memory object under a name; throws with 409 where the name is taken, with 400 where there is no such object or not as many bytes, with 503
    /// where there are as many regions as there may be, and with 501 where shared memory is not offered.
    /// </summary>
    public void Register(string name, string key, ulong offset, ulong byteSize)
    {
        RequireOffered();
        if (name.Length is 0 or > MaxNameLength)
        {
            throw RequestRefusedException.BadRequest($"the name of a shared memory region has 1 to {MaxNameLength} characters");
        }
        lock (_lock)
        {
            if (_regions.ContainsKey(name))
            {
                throw new RequestRefusedException(StatusCodes.Status409Conflict, $"shared memory region '{name}' already in manager");
            }
            if (_regions.Count >= options.Value.MaxRegions)
            {
                throw new RequestRefusedException(
                    StatusCodes.Status503ServiceUnavailable,
                    $"{_regions.Count} shared memory regions are registered, as many as may be ({SharedMemoryOptions.Section}:{nameof(SharedMemoryOptions.MaxRegions)}): unregister one first"
                );
            }
            var file = SharedMemoryFile.Open(name, key, offset, byteSize);
            _regions.Add(name, new SharedMemoryRegion(name, key, (long)offset, (long)byteSize, file));
        }
    }

    /// <summary>Takes a region out, or all of them where the name is empty; one that is not there is none too many.</summary>
    public void Unregister(string name)
    {
        lock (_lock)
        {
            foreach (var region in name.Length == 0 ? [.. _regions.Values] : Find(name))
            {
                _regions.Remove(region.Name);
                region.Release();
            }
        }
    }

    /// <summary>The regions in the order of their names: one, or all where the name is empty; throws with 404 for one that is not there.</summary>
    public SharedMemoryRegion[] Status(string name)
    {
        lock (_lock)
        {
            return name.Length == 0 ? [.. _regions.Values]
                : Find(name) is [_] found ? found
                : throw new RequestRefusedException(StatusCodes.Status404NotFound, $"Unable to find system shared memory region: '{name}'");
        }
    }

    /// <summary>A region for a request, which releases it; throws with 404 for one that is not there.</summary>
    public SharedMemoryRegion Lease(string name)
    {
        lock (_lock)
        {
            if (!_regions.TryGetValue(name, out var region))
            {
                throw new RequestRefusedException(StatusCodes.Status404NotFound, $"Unable to find shared memory region: '{name}'");
            }
            region.AddReference();
            return region;
        }
    }

    public void Dispose() => Unregister("");

    private SharedMemoryRegion[] Find(string name) => _regions.TryGetValue(name, out var region) ? [region] : [];
}
