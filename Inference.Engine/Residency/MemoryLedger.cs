namespace Slipway.Inference.Engine.Residency;

/// <summary>What the open models take, by memory key: models of one key are counted once. Not safe for several threads: its owner has the lock.</summary>
internal sealed class MemoryLedger(long budgetBytes)
{
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    public long UsedBytes { get; private set; }

    public bool IsOverdrawn => UsedBytes > budgetBytes;

    /// <summary>Counts a holder of a key; false when its bytes do not fit and nobody else has them already.</summary>
    public bool TryHold(string key, long bytes)
    {
        if (_entries.TryGetValue(key, out var entry))
        {
            entry.Holders++;
            return true;
        }

        if (UsedBytes + bytes > budgetBytes)
        {
            return false;
        }

        _entries.Add(key, new Entry { Bytes = bytes, Holders = 1 });
        UsedBytes += bytes;
        return true;
    }

    /// <summary>Puts what was measured in the place of the estimate; the first measurement of a key counts.</summary>
    public void Correct(string key, long bytes)
    {
        var entry = _entries[key];
        if (entry.IsMeasured)
        {
            return;
        }

        UsedBytes += bytes - entry.Bytes;
        (entry.Bytes, entry.IsMeasured) = (bytes, true);
    }

    /// <summary>Ends a hold; the last gives the bytes back.</summary>
    public void Release(string key)
    {
        var entry = _entries[key];
        if (--entry.Holders == 0)
        {
            _entries.Remove(key);
            UsedBytes -= entry.Bytes;
        }
    }

    private sealed class Entry
    {
        public long Bytes { get; set; }

        public int Holders { get; set; }

        public bool IsMeasured { get; set; }
    }
}
