using System.Diagnostics.Metrics;
using Slipway.Training.Worker.Storage;

namespace Slipway.Training.Worker.Jobs;

/// <summary>What the job loop did, for <c>/metrics</c>.</summary>
internal sealed class JobMetrics
{
    public const string MeterName = "Slipway.Training";
    private readonly Counter<long> _ended;
    private readonly Counter<long> _retried;
    private readonly Counter<long> _lost;
    private readonly Histogram<double> _duration;
    private readonly UpDownCounter<long> _running;
    private long _queued;

    public JobMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _ended = meter.CreateCounter<long>("slipway.training.jobs.ended", "{job}", "Jobs that ended, by status.");
        _retried = meter.CreateCounter<long>("slipway.training.attempts.failed", "{attempt}", "Attempts that ended without a result.");
        _lost = meter.CreateCounter<long>("slipway.training.leases.lost", "{lease}", "Running jobs that another process took over.");
        _duration = meter.CreateHistogram<double>(
            "slipway.training.job.duration",
            "s",
            "Time of an attempt that ended its job, by status.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200] }
        );
        _running = meter.CreateUpDownCounter<long>("slipway.training.jobs.running", "{job}", "Jobs that run in this process.");
        meter.CreateObservableGauge(
            "slipway.training.jobs.queued",
            () => Interlocked.Read(ref _queued),
            "{job}",
            "Jobs that wait, as last counted."
        );
    }

    /// <summary>Written by the loop each time it looks for work, read by the gauge.</summary>
    public void Queued(int count) => Interlocked.Exchange(ref _queued, count);

    public void Started() => _running.Add(1);

    public void Stopped() => _running.Add(-1);

    public void Ended(JobEnding ending, TimeSpan elapsed)
    {
        var status = new KeyValuePair<string, object?>("status", ending.Status);
        _ended.Add(1, status);
        _duration.Record(elapsed.TotalSeconds, status);
    }

    public void AttemptFailed() => _retried.Add(1);

    public void LeaseLost() => _lost.Add(1);
}
