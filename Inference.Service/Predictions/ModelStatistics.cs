using System.Collections.Concurrent;

namespace Slipway.Inference.Service.Predictions;

/// <summary>
/// Counts of one loaded version in the terms of the protocol's statistics. Requests add to it from any thread; readers see each counter by itself, not all at one instant.
/// </summary>
internal sealed class ModelStatistics
{
    // More sizes than this cannot come from batching; single requests of very many rows are then only counted in the sums.
    private const int MaxBatchSizes = 256;

    private readonly ConcurrentDictionary<long, BatchSizeCounts> _batches = new();
    private long _lastInferenceMilliseconds;
    private long _requests;
    private long _rows;
    private long _successTicks;
    private long _queueTicks;
    private long _inputTicks;
    private long _computeTicks;
    private long _outputTicks;
    private long _cacheHits;
    private long _cacheHitTicks;
    private readonly long[] _failures = new long[FailureReasons.Count];
    private long _failureTicks;

    /// <summary>Requests answered.</summary>
    public long Requests => Interlocked.Read(ref _requests);

    /// <summary>Rows of the requests answered.</summary>
    public long Rows => Interlocked.Read(ref _rows);

    /// <summary>When the last request was answered, in milliseconds since 1970; 0 before the first.</summary>
    public long LastInferenceMilliseconds => Interlocked.Read(ref _lastInferenceMilliseconds);

    /// <summary>Requests that failed, and their time.</summary>
    public CountedTime Failure
    {
        get
        {
            long count = 0;
            for (var reason = 0; reason < FailureReasons.Count; reason++)
            {
                count += FailuresFor(reason);
            }
            return new CountedTime(count, TimeSpan.FromTicks(Interlocked.Read(ref _failureTicks)));
        }
    }

    /// <summary>Requests answered from the cache, and the time of that.</summary>
    public CountedTime CacheHit => new(Interlocked.Read(ref _cacheHits), TimeSpan.FromTicks(Interlocked.Read(ref _cacheHitTicks)));

    /// <summary>Requests answered, and their whole time.</summary>
    public CountedTime Success => Counted(ref _successTicks);

    /// <summary>Time in the queue.</summary>
    public CountedTime Queue => Counted(ref _queueTicks);

    /// <summary>Time of turning requests into tensors, of those that were run.</summary>
    public CountedTime ComputeInput => Ran(ref _inputTicks);

    /// <summary>Time of the runs.</summary>
    public CountedTime ComputeInfer => Ran(ref _computeTicks);

    /// <summary>Time of turning outputs into answers, of those that were run.</summary>
    public CountedTime ComputeOutput => Ran(ref _outputTicks);

    /// <summary>Runs by their number of rows, smallest first.</summary>
    public IReadOnlyList<BatchSizeCounts> Batches => [.. _batches.Values.OrderBy(batch => batch.BatchSize)];

    public void Succeeded(in RequestTimes times, DateTimeOffset now)
    {
        Interlocked.Increment(ref _requests);
        Interlocked.Add(ref _successTicks, times.Total.Ticks);
        Interlocked.Add(ref _queueTicks, times.Queue.Ticks);
        Volatile.Write(ref _lastInferenceMilliseconds, now.ToUnixTimeMilliseconds());
        if (times.IsFromCache)
        {
            // Nothing was run: neither a row nor an execution, as Triton counts.
            Interlocked.Increment(ref _cacheHits);
            Interlocked.Add(ref _cacheHitTicks, (times.Total - times.Input - times.Output).Ticks);
            return;
        }
        Interlocked.Add(ref _rows, times.Rows);
        Interlocked.Add(ref _inputTicks, times.Input.Ticks);
        Interlocked.Add(ref _computeTicks, times.Compute.Ticks);
        Interlocked.Add(ref _outputTicks, times.Output.Ticks);
        if (
            _batches.TryGetValue(times.BatchRows, out var batch)
            || (
                _batches.Count < MaxBatchSizes
                && (batch = _batches.GetOrAdd(times.BatchRows, size => new BatchSizeCounts(size))) is not null
            )
        )
        {
            batch.Add(times);
        }
    }

    /// <summary>Requests that failed for one of <see cref="FailureReasons"/>.</summary>
    public long FailuresFor(int reason) => Interlocked.Read(ref _failures[reason]);

    public void Failed(int status, TimeSpan total)
    {
        Interlocked.Increment(ref _failures[FailureReasons.Of(status)]);
        Interlocked.Add(ref _failureTicks, total.Ticks);
    }

    private CountedTime Ran(ref long ticks) => new(Requests - CacheHit.Count, TimeSpan.FromTicks(Interlocked.Read(ref ticks)));

    private CountedTime Counted(ref long ticks) => new(Requests, TimeSpan.FromTicks(Interlocked.Read(ref ticks)));
}
