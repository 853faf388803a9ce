using Slipway.Inference.Service.Protos;
using Slipway.Inference.Service.SharedMemory;
using RegionStatus = Slipway.Inference.Service.Protos.SystemSharedMemoryStatusResponse.Types.RegionStatus;

namespace Slipway.Inference.Service.Grpc;

/// <summary>The calls on system shared memory.</summary>
internal sealed class SharedMemoryCalls(SharedMemoryRegions regions)
{
    public SystemSharedMemoryStatusResponse Status(SystemSharedMemoryStatusRequest request)
    {
        var response = new SystemSharedMemoryStatusResponse();
        foreach (var region in regions.Status(request.Name))
        {
            response.Regions[region.Name] = new RegionStatus
            {
                Name = region.Name,
                Key = region.Key,
                Offset = (ulong)region.Offset,
                ByteSize = (ulong)region.ByteSize,
            };
        }
        return response;
    }

    public SystemSharedMemoryRegisterResponse Register(SystemSharedMemoryRegisterRequest request)
    {
        regions.Register(request.Name, request.Key, request.Offset, request.ByteSize);
        return new();
    }

    public SystemSharedMemoryUnregisterResponse Unregister(SystemSharedMemoryUnregisterRequest request)
    {
        regions.Unregister(request.Name);
        return new();
    }
}
