using System.Collections.Immutable;
using Slipway.Contracts.Serving;
using Slipway.Inference.Service.Serving;

namespace Slipway.Inference.Service.Repository;

/// <summary>
/// The models of the repositories that are to be served, and why the others are not. It is the desired state of a service without a registry: each change sets
/// <see cref="DesiredState"/> anew. Safe from every thread; changes are for one caller at a time.
/// </summary>
internal sealed class RepositoryCatalog(DesiredState desired)
{
    private volatile ImmutableSortedDictionary<string, RepositoryEntry> _entries = ImmutableSortedDictionary.Create<
        string,
        RepositoryEntry
    >(StringComparer.Ordinal);
    private volatile ImmutableDictionary<string, string> _reasons = ImmutableDictionary.Create<string, string>(StringComparer.Ordinal);
    private long _revision;
    private bool _hasBegun;

    /// <summary>What is to be served, by name.</summary>
    public ImmutableSortedDictionary<string, RepositoryEntry> Entries => _entries;

    /// <summary>Why a model is not served, by name: it was unloaded, or its folder or its bytes are wrong.</summary>
    public ImmutableDictionary<string, string> Reasons => _reasons;

    /// <summary>The versions that are to be served, as they were said last.</summary>
    public IReadOnlyList<ServedModelVersion> Published => desired.Current?.Models ?? [];

    /// <summary>Serves a model, in the place of what the name stood for.</summary>
    public void Set(RepositoryEntry entry) => Change(_entries.SetItem(entry.Model.Name, entry), _reasons.Remove(entry.Model.Name));

    /// <summary>Serves a model no more.</summary>
    public void Remove(string name, string reason) => Change(_entries.Remove(name), _reasons.SetItem(name, reason));

    /// <summary>Notes why a model could not be loaded; what its name stands for stays.</summary>
    public void NoteFailure(string name, string reason) => _reasons = _reasons.SetItem(name, reason);

    /// <summary>Forgets a model whose folder is gone.</summary>
    public void Forget(string name) => Change(_entries.Remove(name), _reasons.Remove(name));

    /// <summary>Says what is to be served, although nothing may have changed: a service that serves nothing yet is ready to.</summary>
    public void Publish()
    {
        _hasBegun = true;
        desired.Set(
            new ServingState
            {
                Revision = ++_revision,
                Endpoints = [],
                Models = EnsembleDigests.Resolve(_entries),
            }
        );
    }

    private void Change(ImmutableSortedDictionary<string, RepositoryEntry> entries, ImmutableDictionary<string, string> reasons)
    {
        _entries = entries;
        _reasons = reasons;
        // Not model by model at start: whoever waits for the service to be ready means all of them.
        if (_hasBegun)
        {
            Publish();
        }
    }
}
