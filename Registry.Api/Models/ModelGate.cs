using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Models;

/// <summary>
/// Lets the writers of one model in one after the other, before they take a connection: those that wait for <see cref="ModelLock"/> would each hold one, and a
/// rush on one model would leave none for everybody else. The lock in the database stays the truth, among processes too.
/// </summary>
internal sealed class ModelGate
{
    private const int MaxWaiting = 500;

    // As long as PostgreSQL itself waits for a lock.
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Place> _places = new(StringComparer.Ordinal);

    /// <summary>Waits for the turn, which ends when it is disposed. <see cref="BusyException"/> where too many wait, or this one waited too long.</summary>
    public async Task<IDisposable> EnterAsync(string model, CancellationToken ct)
    {
        var place = Join(model);
        try
        {
            return await place.Turn.WaitAsync(s_limit, ct) ? new Pass(this, place) : throw new BusyException();
        }
        catch
        {
            Leave(place);
            throw;
        }
    }

    private Place Join(string model)
    {
        lock (_lock)
        {
            if (!_places.TryGetValue(model, out var place))
            {
                _places.Add(model, place = new Place(model));
            }
            if (place.Users > MaxWaiting)
            {
                throw new BusyException();
            }
            place.Users++;
            return place;
        }
    }

    private void Leave(Place place)
    {
        lock (_lock)
        {
            place.Users--;
            if (place.Users == 0)
            {
                _places.Remove(place.Model);
                place.Turn.Dispose();
            }
        }
    }

    private sealed class Place(string model)
    {
        public string Model => model;

        public SemaphoreSlim Turn { get; } = new(1);

        /// <summary>Who is in and who waits; guarded by the gate's lock.</summary>
        public int Users { get; set; }
    }

    private sealed class Pass(ModelGate gate, Place place) : IDisposable
    {
        private bool _ended;

        public void Dispose()
        {
            if (!_ended)
            {
                _ended = true;
                place.Turn.Release();
                gate.Leave(place);
            }
        }
    }
}
