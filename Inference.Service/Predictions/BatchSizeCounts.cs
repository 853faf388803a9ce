namespace Slipway.Inference.Service.Predictions;

/// <summary>
/// The runs of one number of rows. Each request adds its own rows' share of the run that it was part of, so that the shares of all of a run's requests are one run.
/// </summary>
internal sealed class BatchSizeCounts(long batchSize)
{
    private long _rows;
    private long _inputTicks;
    private long _computeTickRows;
    private long _outputTicks;

    public long BatchSize { get; } = batchSize;

    /// <summary>Runs so far.</summary>
    public long Runs => Interlocked.Read(ref _rows) / BatchSize;

    public CountedTime ComputeInput => new(Runs, TimeSpan.FromTicks(Interlocked.Read(ref _inputTicks)));

    public CountedTime ComputeInfer => new(Runs, TimeSpan.FromTicks(Interlocked.Read(ref _computeTickRows) / BatchSize));

    public CountedTime ComputeOutput => new(Runs, TimeSpan.FromTicks(Interlocked.Read(ref _outputTicks)));

    public void Add(in RequestTimes times)
    {
        Interlocked.Add(ref _rows, times.Rows);
        Interlocked.Add(ref _computeTickRows, times.Compute.Ticks * times.Rows);
        Interlocked.Add(ref _inputTicks, times.Input.Ticks);
        Interlocked.Add(ref _outputTicks, times.Output.Ticks);
    }
}
