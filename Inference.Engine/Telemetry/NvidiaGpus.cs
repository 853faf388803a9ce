using System.Runtime.InteropServices;
using System.Text;

namespace Slipway.Inference.Engine.Telemetry;

/// <summary>The machine's NVIDIA GPUs through the driver's own library (NVML); none where the library is not there. Made once, asked when metrics are.</summary>
public sealed unsafe class NvidiaGpus
{
    private const string Library = "libnvidia-ml.so.1";
    private const uint UuidBytes = 96;

    private readonly nint _library;
    private readonly nint[] _devices;

    private NvidiaGpus(nint library)
    {
        _library = library;
        _devices = library == 0 ? [] : Open();
    }

    /// <summary>Whether there is any.</summary>
    public bool Any => _devices.Length > 0;

    /// <summary>Loads the library, and opens what it shows. The library stays for the life of the process, as the driver wants it.</summary>
    public static NvidiaGpus Find() => new(NativeLibrary.TryLoad(Library, out var library) ? library : 0);

    /// <summary>Asks every GPU.</summary>
    public IReadOnlyList<GpuReading> Read() => [.. _devices.Select(Read)];

    private nint[] Open()
    {
        var start = (delegate* unmanaged<int>)Export("nvmlInit_v2");
        var getCount = (delegate* unmanaged<uint*, int>)Export("nvmlDeviceGetCount_v2");
        var getDevice = (delegate* unmanaged<uint, nint*, int>)Export("nvmlDeviceGetHandleByIndex_v2");
        uint count = 0;
        if (start is null || getCount is null || getDevice is null || start() != 0 || getCount(&count) != 0)
        {
            return [];
        }

        var devices = new List<nint>();
        for (uint i = 0; i < count; i++)
        {
            nint device;
            if (getDevice(i, &device) == 0)
            {
                devices.Add(device);
            }
        }

        return [.. devices];
    }

    private GpuReading Read(nint device)
    {
        // Percent of the graphics part, then of the memory's.
        var utilization = stackalloc uint[2];
        var isUtilized = Ask("nvmlDeviceGetUtilizationRates", device, utilization);
        // Total, free, used.
        var memory = stackalloc ulong[3];
        var hasMemory = Ask("nvmlDeviceGetMemoryInfo", device, memory);
        uint power;
        uint limit;
        ulong energy;
        return new GpuReading(
            UuidOf(device),
            isUtilized ? utilization[0] / 100.0 : null,
            hasMemory ? memory[0] : null,
            hasMemory ? memory[2] : null,
            Ask("nvmlDeviceGetPowerUsage", device, &power) ? power / 1000.0 : null,
            Ask("nvmlDeviceGetEnforcedPowerLimit", device, &limit) ? limit / 1000.0 : null,
            Ask("nvmlDeviceGetTotalEnergyConsumption", device, &energy) ? energy / 1000.0 : null
        );
    }

    private string UuidOf(nint device)
    {
        var text = stackalloc byte[(int)UuidBytes];
        var get = (delegate* unmanaged<nint, byte*, uint, int>)Export("nvmlDeviceGetUUID");
        return get is not null && get(device, text, UuidBytes) == 0
            ? Encoding.ASCII.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text))
            : "";
    }

    private bool Ask(string function, nint device, void* answer)
    {
        var get = (delegate* unmanaged<nint, void*, int>)Export(function);
        return get is not null && get(device, answer) == 0;
    }

    private nint Export(string function) => NativeLibrary.TryGetExport(_library, function, out var address) ? address : 0;
}
