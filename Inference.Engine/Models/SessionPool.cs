namespace Slipway.Inference.Engine.Models;

/// <summary>Opens a model's bytes once, however many names and versions have them: each holder gets a share, and the last to let go closes the session.</summary>
public sealed class SessionPool
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>Sessions open now.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>
    /// The session of a key, which says everything that the session depends on: the bytes' digest and how they are opened. Calls <paramref name="open"/> only when there
    /// is none; who asks for the same key meanwhile waits. What it throws reaches each of them that tries.
    /// </summary>
    public SharedSession Acquire(string key, Func<ModelSession> open)
    {
        Entry entry;
        lock (_gate)
        {
            if (!_entries.TryGetValue(key, out entry!))
            {
                _entries.Add(key, entry = new Entry(key));
            }

            entry.Holders++;
        }

        try
        {
            lock (entry.Opening)
            {
                entry.Session ??= open();
            }
        }
        catch
        {
            Release(entry);
            throw;
        }

        return new SharedSession(this, entry, entry.Session);
    }

    internal void Release(Entry entry)
    {
        lock (_gate)
        {
            if (--entry.Holders > 0)
            {
                return;
            }

            _entries.Remove(entry.Key);
        }

        if (entry.Session is { } session)
        {
            session.Dispose();
            OnnxEnvironment.GiveMemoryBack();
        }
    }

    internal sealed class Entry(string key)
    {
        public string Key => key;

        public Lock Opening { get; } = new();

        public int Holders { get; set; } // under the pool's lock

        public ModelSession? Session { get; set; } // set once, under Opening
    }
}
