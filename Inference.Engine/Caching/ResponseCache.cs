using System.Diagnostics.CodeAnalysis;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Caching;

/// <summary>Answers by their inputs, bounded in bytes: the one that was not asked for longest goes first. Thread-safe.</summary>
internal sealed class ResponseCache(long limitBytes) : IDisposable
{
    private const int EntryOverheadBytes = 512;

    private readonly Lock _gate = new();
    private readonly Dictionary<CacheKey, LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byUse = new();

    public long UsedBytes { get; private set; }

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

    /// <summary>The answer to equal inputs, over shared memory; the caller disposes it.</summary>
    public bool TryGet(CacheKey key, [NotNullWhen(true)] out InferenceResult? result)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(key, out var node))
            {
                result = null;
                return false;
            }

            _byUse.Remove(node);
            _byUse.AddFirst(node);
            result = InferenceResult.Succeeded(Array.ConvertAll(node.Value.Outputs, output => output.Share()));
            return true;
        }
    }

    /// <summary>Keeps copies of the inputs and the outputs, if they fit.</summary>
    public void Add(CacheKey key, InferenceResult result)
    {
        var bytes = key.Inputs.Concat(result.Outputs).Sum(SizeOf) + EntryOverheadBytes;
        if (bytes > limitBytes)
        {
            return;
        }

        var entry = new Entry(
            new CacheKey([.. key.Inputs.Select(input => input.Copy())]),
            [.. result.Outputs.Select(output => output.Copy())],
            bytes
        );
        lock (_gate)
        {
            if (_entries.ContainsKey(entry.Key))
            {
                // Another caller with the same inputs was faster.
                entry.Dispose();
                return;
            }

            _entries.Add(entry.Key, _byUse.AddFirst(entry));
            UsedBytes += bytes;
            while (UsedBytes > limitBytes)
            {
                Remove(_byUse.Last!);
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            while (_byUse.Last is { } last)
            {
                Remove(last);
            }
        }
    }

    private void Remove(LinkedListNode<Entry> node)
    {
        _byUse.Remove(node);
        _entries.Remove(node.Value.Key);
        UsedBytes -= node.Value.Bytes;
        node.Value.Dispose();
    }

    private static long SizeOf(Tensor tensor)
    {
        if (tensor.Type != ElementType.Bytes)
        {
            return (long)tensor.ElementCount * tensor.Type.SizeBytes();
        }

        long bytes = 0;
        foreach (var text in tensor.Strings)
        {
            bytes += text.Length + 24;
        }

        return bytes;
    }

    private sealed record Entry(CacheKey Key, Tensor[] Outputs, long Bytes) : IDisposable
    {
        public void Dispose()
        {
            foreach (var tensor in Key.Inputs.Concat(Outputs))
            {
                tensor.Dispose();
            }
        }
    }
}
