namespace Slipway.Inference.Engine.Telemetry;

/// <summary>What an NVIDIA GPU says of itself at one moment; null what it does not tell.</summary>
/// <param name="Uuid">Its name, the same after a restart.</param>
/// <param name="Utilization">The part of the last moments in which it ran something, from 0 to 1.</param>
/// <param name="MemoryTotalBytes">Its memory.</param>
/// <param name="MemoryUsedBytes">What of it is used, by whichever process.</param>
/// <param name="PowerWatts">What it draws.</param>
/// <param name="PowerLimitWatts">What it may draw.</param>
/// <param name="EnergyJoules">What it has drawn since its driver was loaded.</param>
public sealed record GpuReading(
    string Uuid,
    double? Utilization,
    double? MemoryTotalBytes,
    double? MemoryUsedBytes,
    double? PowerWatts,
    double? PowerLimitWatts,
    double? EnergyJoules
);
