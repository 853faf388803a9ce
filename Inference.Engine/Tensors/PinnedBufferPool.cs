using System.Numerics;

namespace Slipway.Inference.Engine.Tensors;

/// <summary>
/// Lends byte arrays that never move, so that the native runtime can read and write them without a pin handle per call. What it keeps for reuse is
/// bounded in total; beyond the bound larger arrays are let go for a smaller one, and a returned array that would need more than that is left to the garbage collector.
/// </summary>
public sealed class PinnedBufferPool
{
    private const int SmallestShift = 6; // 64 bytes
    private const int LargestShift = 26; // 64 MiB
    private const long DefaultRetainedBytesLimit = 128L << 20;

    private readonly Stack<byte[]>[] _buckets = new Stack<byte[]>[LargestShift - SmallestShift + 1];
    private readonly long _retainedBytesLimit;
    private long _retainedBytes;

    /// <summary>A pool that keeps at most so many bytes.</summary>
    public PinnedBufferPool(long retainedBytesLimit)
    {
        _retainedBytesLimit = retainedBytesLimit;
        for (var i = 0; i < _buckets.Length; i++)
        {
            _buckets[i] = new Stack<byte[]>();
        }
    }

    /// <summary>One pool for the process, like the array pool of the framework: buffers carry no state from one lease to the next.</summary>
    public static PinnedBufferPool Shared { get; } = new(DefaultRetainedBytesLimit);

    /// <summary>Bytes kept for reuse now.</summary>
    public long RetainedBytes => Interlocked.Read(ref _retainedBytes);

    /// <summary>An array of at least so many bytes, with whatever was in it before.</summary>
    public byte[] Rent(int minimumBytes)
    {
        var bucket = BucketOf(minimumBytes);
        if (bucket >= _buckets.Length)
        {
            return GC.AllocateUninitializedArray<byte>(minimumBytes, pinned: true);
        }

        return TryTake(bucket) ?? GC.AllocateUninitializedArray<byte>(1 << (bucket + SmallestShift), pinned: true);
    }

    /// <summary>Takes an array back that the caller uses no more. One from elsewhere is left to the collector.</summary>
    public void Return(byte[] buffer)
    {
        var bucket = BucketOf(buffer.Length);
        if (bucket >= _buckets.Length || buffer.Length != 1 << (bucket + SmallestShift))
        {
            return;
        }

        if (Interlocked.Add(ref _retainedBytes, buffer.Length) > _retainedBytesLimit && !MakeRoom(bucket))
        {
            Interlocked.Add(ref _retainedBytes, -buffer.Length);
            return;
        }

        var stack = _buckets[bucket];
        lock (stack)
        {
            stack.Push(buffer);
        }
    }

    /// <summary>
    /// Lets go of arrays larger than those of <paramref name="bucket"/>, the largest first. A burst of large tensors would else fill the pool for good, and leave
    /// every size that is used from then on to be allocated anew.
    /// </summary>
    /// <returns>Whether the sum is within the bound.</returns>
    private bool MakeRoom(int bucket)
    {
        for (var larger = _buckets.Length - 1; larger > bucket; larger--)
        {
            while (RetainedBytes > _retainedBytesLimit && TryTake(larger) is not null) { }
        }

        return RetainedBytes <= _retainedBytesLimit;
    }

    private byte[]? TryTake(int bucket)
    {
        var stack = _buckets[bucket];
        lock (stack)
        {
            if (!stack.TryPop(out var buffer))
            {
                return null;
            }

            Interlocked.Add(ref _retainedBytes, -buffer.Length);
            return buffer;
        }
    }

    private static int BucketOf(int bytes) => bytes <= 1 << SmallestShift ? 0 : BitOperations.Log2((uint)(bytes - 1)) + 1 - SmallestShift;
}
