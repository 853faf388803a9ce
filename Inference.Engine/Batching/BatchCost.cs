namespace Slipway.Inference.Engine.Batching;

/// <summary>
/// What a run costs, learnt from runs: a fixed part and a part for each row, by least squares over recent runs (older ones count less and less). Not thread-safe: the
/// batcher's lock guards it.
/// </summary>
internal sealed class BatchCost
{
    private const double Memory = 0.97;
    private const double LeastVariance = 0.05;
    private const double Settled = 8;
    private const double LargestStep = 3;
    private const double SmallestStepSeconds = 10e-6;

    private double _weight;
    private double _rows;
    private double _seconds;
    private double _rowsSquared;
    private double _rowsSeconds;

    /// <summary>Whether a run has been seen.</summary>
    public bool IsKnown => _weight > 0;

    /// <summary>Seconds that a run takes whatever its size. All of it, while only runs of one size were seen.</summary>
    public double FixedSeconds { get; private set; }

    /// <summary>Seconds for each row.</summary>
    public double SecondsPerRow { get; private set; }

    public void Add(long rows, TimeSpan duration)
    {
        var (n, t) = ((double)rows, duration.TotalSeconds);
        if (_weight > Settled)
        {
            // A thread that was not given the processor says nothing about the model. Where runs do get longer, each may say so a little.
            t = Math.Min(t, (Estimate(rows) * LargestStep) + SmallestStepSeconds);
        }

        _weight = (_weight * Memory) + 1;
        _rows = (_rows * Memory) + n;
        _seconds = (_seconds * Memory) + t;
        _rowsSquared = (_rowsSquared * Memory) + (n * n);
        _rowsSeconds = (_rowsSeconds * Memory) + (n * t);
        var meanRows = _rows / _weight;
        var meanSeconds = _seconds / _weight;
        // With runs of one size alone there is no slope to see: the last known one stays.
        if ((_rowsSquared / _weight) - (meanRows * meanRows) > LeastVariance)
        {
            var slope = ((_weight * _rowsSeconds) - (_rows * _seconds)) / ((_weight * _rowsSquared) - (_rows * _rows));
            SecondsPerRow = Math.Clamp(slope, 0, meanSeconds / meanRows);
        }

        FixedSeconds = Math.Max(0, meanSeconds - (SecondsPerRow * meanRows));
    }

    /// <summary>What a run of so many rows is expected to take, in seconds.</summary>
    public double Estimate(long rows) => FixedSeconds + (SecondsPerRow * rows);
}
