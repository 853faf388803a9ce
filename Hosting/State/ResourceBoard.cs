using System.Collections.Concurrent;

namespace Aspire.Hosting.State;

/// <summary>Where everybody writes what a resource is doing, and waits for what others are doing.</summary>
internal sealed class ResourceBoard
{
    private readonly Lock _lock = new();
    private readonly List<string> _order = [];
    private readonly Dictionary<string, ResourceSnapshot> _snapshots = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, ResourceLog> _logs = new(StringComparer.OrdinalIgnoreCase);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Every resource, in the order of the model.</summary>
    public IReadOnlyList<ResourceSnapshot> Snapshots
    {
        get
        {
            lock (_lock)
            {
                return [.. _order.Select(name => _snapshots[name])];
            }
        }
    }

    public ResourceSnapshot? Find(string name)
    {
        lock (_lock)
        {
            return _snapshots.GetValueOrDefault(name);
        }
    }

    public ResourceLog? FindLog(string name) => Find(name) is null ? null : Log(name);

    public ResourceLog Log(string name) => _logs.GetOrAdd(name, _ => new ResourceLog());

    /// <summary>Gives a resource the log of the one that it lives in.</summary>
    public void ShareLog(string name, string hostName) => _logs[name] = Log(hostName);

    public void Add(ResourceSnapshot snapshot)
    {
        lock (_lock)
        {
            _order.Add(snapshot.Name);
            _snapshots.Add(snapshot.Name, snapshot);
        }
    }

    /// <summary>Changes a resource's entry; readers see it whole.</summary>
    public void Update(string name, Func<ResourceSnapshot, ResourceSnapshot> change)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            var old = _snapshots[name];
            var updated = change(old);
            if (updated == old)
            {
                return;
            }

            _snapshots[name] = updated;
            changed = _changed;
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
    }

    /// <summary>Completes when the condition holds; it is asked again at every change.</summary>
    public async Task WaitAsync(Func<ResourceBoard, bool> condition, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                changed = _changed.Task;
            }

            if (condition(this))
            {
                return;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }
}
