using System.Collections.Frozen;

namespace Slipway.Inference.Engine.Serving;

/// <summary>
/// Everything that is served at one moment: immutable, swapped whole by <see cref="SnapshotHolder"/>. It holds each of its models until it is retired.
/// </summary>
public sealed class ServingSnapshot
{
    private readonly LoadedModel[] _held;
    private int _retired;

    /// <summary>
    /// Creates a snapshot and holds every model in it once. <paramref name="defaultModels"/> answers requests that name a model without a version, by model name.
    /// </summary>
    public ServingSnapshot(
        long revision,
        IEnumerable<ServingEndpoint> endpoints,
        IEnumerable<LoadedModel> models,
        IEnumerable<LoadedModel> defaultModels
    )
    {
        Revision = revision;
        Endpoints = endpoints.ToFrozenDictionary(endpoint => endpoint.Name, StringComparer.Ordinal);
        Models = models.ToFrozenDictionary(model => new ModelKey(model.Name, model.Version));
        DefaultModels = defaultModels.ToFrozenDictionary(model => model.Name, StringComparer.Ordinal);
        _held =
        [
            .. Models
                .Values.Concat(DefaultModels.Values)
                .Concat(Endpoints.Values.SelectMany(e => e.Routes.Select(r => r.Model)))
                .Distinct(),
        ];
        HoldAll();
    }

    /// <summary>A snapshot of nothing, before the first state is known.</summary>
    public static ServingSnapshot Empty => new(0, [], [], []);

    /// <summary>The revision of the serving state that this snapshot carries out.</summary>
    public long Revision { get; }

    /// <summary>Endpoints by name.</summary>
    public FrozenDictionary<string, ServingEndpoint> Endpoints { get; }

    /// <summary>Models by name and version.</summary>
    public FrozenDictionary<ModelKey, LoadedModel> Models { get; }

    /// <summary>The version that answers when only the model is named, by model name.</summary>
    public FrozenDictionary<string, LoadedModel> DefaultModels { get; }

    /// <summary>Lets go of the models; called by the holder when another snapshot has taken the place of this one.</summary>
    internal void Retire()
    {
        if (Interlocked.Exchange(ref _retired, 1) == 1)
        {
            return;
        }

        foreach (var model in _held)
        {
            model.Release();
        }
    }

    private void HoldAll()
    {
        for (var i = 0; i < _held.Length; i++)
        {
            if (_held[i].TryHold())
            {
                continue;
            }

            foreach (var model in _held.AsSpan(0, i))
            {
                model.Release();
            }

            throw new InvalidOperationException(
                $"{_held[i].Name} version {_held[i].Version} is unloaded already and cannot enter a snapshot."
            );
        }
    }
}
