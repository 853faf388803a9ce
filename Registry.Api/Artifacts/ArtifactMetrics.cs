using System.Diagnostics.Metrics;
using Slipway.Registry.Api.Telemetry;

namespace Slipway.Registry.Api.Artifacts;

/// <summary>What the artifact store does, for <c>/metrics</c>.</summary>
internal sealed class ArtifactMetrics
{
    private readonly Counter<long> _uploaded;
    private readonly Counter<long> _damaged;
    private readonly Counter<long> _collectedBlobs;
    private readonly Counter<long> _collectedBytes;
    private readonly Counter<long> _expiredUploads;
    private long _storedBlobs;
    private long _storedBytes;
    private long _waitingBytes;

    public ArtifactMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(RegistryMetrics.MeterName);
        _uploaded = meter.CreateCounter<long>("slipway.registry.artifacts.uploaded", "By", "Bytes of artifacts that were stored.");
        _damaged = meter.CreateCounter<long>(
            "slipway.registry.blobs.damaged",
            "{blob}",
            "Readings that found a stored blob missing or damaged."
        );
        _collectedBlobs = meter.CreateCounter<long>(
            "slipway.registry.blobs.collected",
            "{blob}",
            "Blobs deleted because nothing refers to them."
        );
        _collectedBytes = meter.CreateCounter<long>(
            "slipway.registry.blobs.collected.size",
            "By",
            "Bytes of the blobs that were collected."
        );
        _expiredUploads = meter.CreateCounter<long>(
            "slipway.registry.uploads.expired",
            "{upload}",
            "Multipart uploads that were never completed and were given up."
        );
        meter.CreateObservableGauge(
            "slipway.registry.blobs.stored",
            () => Volatile.Read(ref _storedBlobs),
            "{blob}",
            "Blobs at the last pass."
        );
        meter.CreateObservableGauge("slipway.registry.blobs.stored.size", () => Volatile.Read(ref _storedBytes), "By", "Their bytes.");
        meter.CreateObservableGauge(
            "slipway.registry.blobs.unreferenced.size",
            () => Volatile.Read(ref _waitingBytes),
            "By",
            "Bytes of blobs that nothing refers to and that wait for the end of their grace time."
        );
    }

    public void Uploaded(long bytes) => _uploaded.Add(bytes);

    public void Damaged() => _damaged.Add(1);

    public void Expired(int uploads) => _expiredUploads.Add(uploads);

    public void Collected(long bytes)
    {
        _collectedBlobs.Add(1);
        _collectedBytes.Add(bytes);
    }

    /// <summary>What a pass found; read by the gauges.</summary>
    public void Stored(long blobs, long bytes, long waitingBytes)
    {
        Volatile.Write(ref _storedBlobs, blobs);
        Volatile.Write(ref _storedBytes, bytes);
        Volatile.Write(ref _waitingBytes, waitingBytes);
    }
}
