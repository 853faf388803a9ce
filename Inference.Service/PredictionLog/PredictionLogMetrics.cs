using System.Diagnostics.Metrics;

namespace Slipway.Inference.Service.PredictionLog;

/// <summary>Counts what the prediction log does, and says in the log, at most once a minute, when it loses records.</summary>
internal sealed class PredictionLogMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Slipway.Inference.PredictionLog";

    /// <summary>A reason to drop: the bound on bytes is reached.</summary>
    public const string BoundReached = "bound_reached";

    /// <summary>A reason to drop: the disk refused the write.</summary>
    public const string DiskRefused = "disk_refused";

    /// <summary>A reason to drop: the process is at its end, and the journal is closed.</summary>
    public const string Stopped = "stopped";

    private static readonly TimeSpan s_reportInterval = TimeSpan.FromMinutes(1);

    private readonly Meter _meter;
    private readonly Counter<long> _publishedCounter;
    private readonly Counter<long> _droppedCounter;
    private readonly Counter<long> _tornCounter;
    private readonly Counter<long> _leftOutCounter;
    private readonly Histogram<double> _publishDuration;
    private readonly TimeProvider _time;
    private readonly ILogger<PredictionLogMetrics> _logger;
    private readonly Lock _gate = new();
    private long _written; // interlocked: by writers
    private long _published; // interlocked: by the publisher
    private long _torn; // interlocked: by the publisher
    private long _leftOut; // interlocked: by writers
    private long _dropped; // under _gate
    private long _unreported; // under _gate
    private long? _reportedAt; // under _gate
    private long? _droppedAt; // under _gate
    private PredictionJournal? _journal;

    public PredictionLogMetrics(IMeterFactory meters, TimeProvider time, ILogger<PredictionLogMetrics> logger)
    {
        _time = time;
        _logger = logger;
        _meter = meters.Create(MeterName);
        // Observed, and not added to: it changes with every request.
        _meter.CreateObservableCounter("slipway.prediction_log.written", () => WrittenCount, "{record}", "Records written to the journal.");
        _publishedCounter = _meter.CreateCounter<long>("slipway.prediction_log.published", "{record}", "Records confirmed by the broker.");
        _droppedCounter = _meter.CreateCounter<long>("slipway.prediction_log.dropped", "{record}", "Records lost, by reason.");
        _tornCounter = _meter.CreateCounter<long>(
            "slipway.prediction_log.torn",
            "{segment}",
            "Journal segments that ended in a damaged record."
        );
        _leftOutCounter = _meter.CreateCounter<long>(
            "slipway.prediction_log.left_out",
            "{record}",
            "Rows that were not logged, since their request had more than are logged of one."
        );
        _publishDuration = _meter.CreateHistogram<double>(
            "slipway.prediction_log.publish.duration",
            "s",
            "Time to publish one batch, confirmed."
        );
        _meter.CreateObservableGauge(
            "slipway.prediction_log.pending",
            () => _journal?.PendingBytes ?? 0,
            "By",
            "Bytes of records that wait on disk."
        );
    }

    /// <summary>Records on disk since the start.</summary>
    public long WrittenCount => Interlocked.Read(ref _written);

    /// <summary>Records published since the start.</summary>
    public long PublishedCount => Interlocked.Read(ref _published);

    /// <summary>Rows since the start that were not to be logged.</summary>
    public long LeftOutCount => Interlocked.Read(ref _leftOut);

    /// <summary>Damaged segment ends since the start.</summary>
    public long TornCount => Interlocked.Read(ref _torn);

    /// <summary>Records lost since the start.</summary>
    public long DroppedCount
    {
        get
        {
            lock (_gate)
            {
                return _dropped;
            }
        }
    }

    /// <summary>Whether records were lost within the last minute.</summary>
    public bool IsDropping
    {
        get
        {
            lock (_gate)
            {
                return _droppedAt is { } at && _time.GetElapsedTime(at) < s_reportInterval;
            }
        }
    }

    public void Observe(PredictionJournal journal) => _journal = journal;

    public void Written(int records) => Interlocked.Add(ref _written, records);

    public void LeftOut(int rows)
    {
        Interlocked.Add(ref _leftOut, rows);
        _leftOutCounter.Add(rows);
    }

    public void Published(int records, TimeSpan duration)
    {
        Interlocked.Add(ref _published, records);
        _publishedCounter.Add(records);
        _publishDuration.Record(duration.TotalSeconds);
    }

    public void Dropped(int records, string reason, Exception? cause = null)
    {
        _droppedCounter.Add(records, new KeyValuePair<string, object?>("reason", reason));
        long report;
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            _dropped += records;
            _unreported += records;
            _droppedAt = now;
            if (_reportedAt is { } at && _time.GetElapsedTime(at, now) < s_reportInterval)
            {
                return;
            }
            _reportedAt = now;
            report = _unreported;
            _unreported = 0;
        }
        PredictionLogEvents.Dropped(_logger, cause, report, reason);
    }

    public void Resumed(long bytes) => PredictionLogEvents.Resumed(_logger, bytes);

    public void Torn(JournalPosition position, long bytes)
    {
        Interlocked.Increment(ref _torn);
        _tornCounter.Add(1);
        PredictionLogEvents.Torn(_logger, position.Segment, position.Offset, bytes);
    }

    public void Dispose() => _meter.Dispose();
}
