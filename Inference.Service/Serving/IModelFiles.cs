using Slipway.Contracts.Serving;

namespace Slipway.Inference.Service.Serving;

/// <summary>Where the files of model versions come from: the registry, through a cache, or a folder of models.</summary>
internal interface IModelFiles
{
    /// <summary>Whether who runs this service also wrote what comes with the files, configurations among it.</summary>
    bool AreOwn { get; }

    /// <summary>The folder with the version's files. Throws <see cref="ModelDownloadException"/> when they cannot be had.</summary>
    Task<string> GetAsync(ServedModelVersion version, CancellationToken ct);

    /// <summary>Gives back what is kept for versions other than those whose digests are <paramref name="inUse"/>.</summary>
    void Trim(IReadOnlySet<string> inUse);

    /// <summary>Deletes what an earlier process left half written.</summary>
    void RemoveLeftovers();
}
