namespace Slipway.Inference.Engine.Serving;

/// <summary>
/// The one place that says what is served now. Swapping is a single exchange; requests that took a model from the old snapshot finish on it, and only then is it
/// unloaded.
/// </summary>
public sealed class SnapshotHolder : IDisposable
{
    private ServingSnapshot _current = ServingSnapshot.Empty;

    /// <summary>What is served now. To run a model, lease it: the models of a snapshot may be unloaded after the next swap.</summary>
    public ServingSnapshot Current => Volatile.Read(ref _current);

    /// <summary>Serves another snapshot from now on and retires the one before.</summary>
    public void Swap(ServingSnapshot next) => Interlocked.Exchange(ref _current, next).Retire();

    /// <summary>Leases the model that an endpoint chooses for a number in [0, 1); null when there is no such endpoint.</summary>
    public ModelLease? LeaseEndpoint(string endpoint, double draw) =>
        Lease((endpoint, draw), static (snapshot, key) => snapshot.Endpoints.GetValueOrDefault(key.endpoint)?.Choose(key.draw));

    /// <summary>Leases a version of a model, or the model's default when no version is given; null when it is not served.</summary>
    public ModelLease? LeaseModel(string name, int? version) =>
        Lease(
            (name, version),
            static (snapshot, key) =>
                key.version is { } number
                    ? snapshot.Models.GetValueOrDefault(new ModelKey(key.name, number))
                    : snapshot.DefaultModels.GetValueOrDefault(key.name)
        );

    /// <summary>Serves nothing any more; models are unloaded as their last requests end.</summary>
    public void Dispose() => Swap(ServingSnapshot.Empty);

    private ModelLease? Lease<TKey>(TKey key, Func<ServingSnapshot, TKey, LoadedModel?> find)
    {
        while (true)
        {
            var model = find(Current, key);
            if (model is null)
            {
                return null;
            }

            // Fails only when a swap came between the look and the hold; the next look sees the snapshot that the swap brought.
            if (model.TryHold())
            {
                return new ModelLease(model);
            }
        }
    }
}
