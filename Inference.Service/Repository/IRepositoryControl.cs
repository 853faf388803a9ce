using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.Repository;

/// <summary>The model repository extension of the Open Inference Protocol, whatever the models come from.</summary>
internal interface IRepositoryControl
{
    /// <summary>The models that are there, by name and version.</summary>
    IReadOnlyList<RepositoryIndexEntry> Index(bool readyOnly);

    /// <summary>Loads a model, or loads it again from its files, and ends when it serves. Throws <see cref="RequestRefusedException"/> when it cannot; what served before then stays.</summary>
    Task LoadAsync(RepositoryLoad request, CancellationToken ct);

    /// <summary>Serves a model no more, and ends when no new request reaches it.</summary>
    Task UnloadAsync(string name, bool unloadDependents, CancellationToken ct);
}
