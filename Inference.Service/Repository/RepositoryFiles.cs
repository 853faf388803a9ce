using Slipway.Contracts.Serving;
using Slipway.Inference.Service.Serving;

namespace Slipway.Inference.Service.Repository;

/// <summary>The files of models that are served from a repository: they are where they lie, and nothing is copied.</summary>
internal sealed class RepositoryFiles(RepositoryCatalog catalog) : IModelFiles
{
    // Configurations that come with a load request are checked when it comes.
    public bool AreOwn => true;

    public Task<string> GetAsync(ServedModelVersion version, CancellationToken ct) =>
        catalog.Entries.GetValueOrDefault(version.Model)?.FolderOf(version) is { } folder
            ? Task.FromResult(folder)
            : throw new ModelDownloadException($"{version.Model} version {version.Version} is not in the repository any more.");

    public void Trim(IReadOnlySet<string> inUse)
    {
        // Folders of a repository are its owner's.
    }

    public void RemoveLeftovers()
    {
        // Nothing is written.
    }
}
