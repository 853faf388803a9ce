using System.Collections.Frozen;
using Slipway.Contracts.Serving;
using Slipway.Inference.Service.Serving;

namespace Slipway.Inference.Service.Repository;

/// <summary>A model that is to be served from a repository: its versions with the digests of their bytes, and where each lies.</summary>
internal sealed class RepositoryEntry
{
    public RepositoryEntry(RepositoryModel model, IReadOnlyList<ServedModelVersion> versions, string? ownedFolder)
    {
        Model = model;
        Versions = versions;
        OwnedFolder = ownedFolder;
        Folders = versions
            .Zip(model.Versions)
            .ToFrozenDictionary(pair => pair.First.Digest, pair => pair.Second.Folder, StringComparer.Ordinal);
    }

    public RepositoryModel Model { get; }

    public IReadOnlyList<ServedModelVersion> Versions { get; }

    /// <summary>A folder that goes when the entry does, of files that a load request brought along; null for a model of a repository.</summary>
    public string? OwnedFolder { get; }

    /// <summary>The folder of each version, by digest.</summary>
    public IReadOnlyDictionary<string, string> Folders { get; }

    /// <summary>The folder of a version to serve; null for one of other bytes. An ensemble's digest is also of its steps, so its number decides.</summary>
    public string? FolderOf(ServedModelVersion version) =>
        EnsembleConfiguration.IsEnsemble(version)
            ? Model.Versions.FirstOrDefault(own => own.Number == version.Version)?.Folder
            : Folders.GetValueOrDefault(version.Digest);

    /// <summary>Whether both would serve the same bytes in the same way.</summary>
    public bool IsSameAs(RepositoryEntry other) =>
        Versions.Select(version => (version.Version, version.Digest)).SequenceEqual(other.Versions.Select(v => (v.Version, v.Digest)));
}
