using Microsoft.Extensions.Options;

namespace Slipway.Inference.Service.PredictionLog;

/// <summary>
/// The append-only files in which answered requests wait until the broker has them. When <see cref="Append"/> returns, the frames are in the operating system's page
/// cache: they survive a kill of the process, not a power cut, since nothing is forced to the disk.
/// </summary>
internal sealed class PredictionJournal : IDisposable
{
    private readonly string _folder;
    private readonly PredictionLogOptions _options;
    private readonly PredictionLogMetrics _metrics;
    private readonly FileStream _folderLock;
    private readonly JournalCursor _cursor;

    private readonly Lock _gate = new();
    private readonly SortedDictionary<long, long> _sealed; // by number, their bytes; under _gate, as all that follows
    private ActiveSegment? _active;
    private long _activeNumber;
    private bool _isClosed;
    private long _waitingBytes; // not yet published
    private bool _hasNews; // since the last wait for data
    private TaskCompletionSource? _waiter;
    private JournalPosition _consumed;

    public PredictionJournal(string folder, IOptions<PredictionLogOptions> options, PredictionLogMetrics metrics)
    {
        _folder = folder;
        _options = options.Value;
        _metrics = metrics;
        Directory.CreateDirectory(folder);
        _folderLock = LockFolder(folder);
        _cursor = new JournalCursor(Path.Combine(folder, "cursor"));
        _consumed = _cursor.Load();
        _sealed = JournalSegment.Find(folder);
        // Numbers are never used twice: a cursor from before would skip the new records.
        _activeNumber = Math.Max(_consumed.Segment, _sealed.Count == 0 ? 0 : _sealed.Keys.Last());
        Release(_consumed);
        if (_waitingBytes > 0)
        {
            metrics.Resumed(_waitingBytes);
        }
        metrics.Observe(this);
    }

    /// <summary>Up to where the broker has confirmed the records.</summary>
    public JournalPosition Consumed
    {
        get
        {
            lock (_gate)
            {
                return _consumed;
            }
        }
    }

    /// <summary>The folder that holds the segments.</summary>
    public string Folder => _folder;

    /// <summary>Bytes of records that the broker does not have yet.</summary>
    public long PendingBytes
    {
        get
        {
            lock (_gate)
            {
                return _waitingBytes;
            }
        }
    }

    /// <summary>
    /// Writes the whole frames of records, and before them the layout that they refer to, if any, where the segment has not got it. False when they were dropped
    /// because the bound is reached or the disk refused them; both are counted.
    /// </summary>
    public bool Append(ReadOnlySpan<byte> frames, int recordCount, RecordLayout? layout)
    {
        TaskCompletionSource? waiter;
        lock (_gate)
        {
            if (!TryAppend(frames, recordCount, layout))
            {
                return false;
            }
            _hasNews = true;
            (waiter, _waiter) = (_waiter, null);
        }
        _metrics.Written(recordCount);
        waiter?.SetResult();
        return true;
    }

    /// <summary>Waits until something was written since the last call.</summary>
    public async Task WaitForDataAsync(CancellationToken ct)
    {
        Task written;
        lock (_gate)
        {
            written = _hasNews
                ? Task.CompletedTask
                : (_waiter ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
        await written.WaitAsync(ct);
        lock (_gate)
        {
            _hasNews = false;
        }
    }

    /// <summary>How far a segment may be read, and whether it will grow no more; null when there is no such segment.</summary>
    public (long Length, bool IsSealed)? Extent(long segment)
    {
        lock (_gate)
        {
            return _active is { } active && segment == _activeNumber ? (active.Length, false)
                : _sealed.TryGetValue(segment, out var length) ? (length, true)
                : null;
        }
    }

    /// <summary>The first segment after <paramref name="segment"/>, or null.</summary>
    public long? NextSegment(long segment)
    {
        lock (_gate)
        {
            foreach (var number in _sealed.Keys)
            {
                if (number > segment)
                {
                    return number;
                }
            }
            return _active is not null && _activeNumber > segment ? _activeNumber : null;
        }
    }

    /// <summary>Remembers that everything before <paramref name="position"/> is with the broker, and deletes the files that hold nothing else.</summary>
    public void Release(JournalPosition position)
    {
        if (position != Consumed)
        {
            _cursor.Save(position);
        }
        List<long> obsolete = [];
        lock (_gate)
        {
            _consumed = position;
            _waitingBytes = _active is null ? 0 : Waiting(_activeNumber, _active.Length);
            foreach (var (number, length) in _sealed)
            {
                var waiting = Waiting(number, length);
                _waitingBytes += waiting;
                if (number < position.Segment || (number == position.Segment && waiting == 0))
                {
                    obsolete.Add(number);
                }
            }
            foreach (var number in obsolete)
            {
                _sealed.Remove(number);
            }
        }
        foreach (var number in obsolete)
        {
            File.Delete(JournalSegment.PathOf(_folder, number));
        }

        long Waiting(long number, long length)
        {
            var start = number == position.Segment ? Math.Max(position.Offset, JournalSegment.Header.Length) : JournalSegment.Header.Length;
            return number < position.Segment ? 0 : Math.Max(0, length - start);
        }
    }

    /// <summary>Takes no more frames, and closes the files.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isClosed = true;
            _active?.Dispose();
            _active = null;
        }
        _cursor.Dispose();
        _folderLock.Dispose();
    }

    // Without it, two processes would append to, publish and delete the same files. The lock goes with the process, however it ends.
    private static FileStream LockFolder(string folder)
    {
        try
        {
            return new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new IOException(
                $"The prediction log in '{folder}' is in use by another process. Give each replica on a machine its own folder: set Slipway:DataPath.",
                e
            );
        }
    }

    private bool TryAppend(ReadOnlySpan<byte> frames, int recordCount, RecordLayout? layout)
    {
        if (_isClosed)
        {
            // A write now could meet those of the process that has the folder next.
            _metrics.Dropped(recordCount, PredictionLogMetrics.Stopped);
            return false;
        }
        var mostBytes = frames.Length + (layout?.Frame.Length ?? 0);
        if (_waitingBytes + mostBytes > _options.MaxBytes)
        {
            _metrics.Dropped(recordCount, PredictionLogMetrics.BoundReached);
            return false;
        }
        try
        {
            var segment = SegmentFor(mostBytes);
            var before = segment.Length;
            if (layout is not null && segment.Layouts.Add(layout.Number))
            {
                segment.Append(layout.Frame);
            }
            segment.Append(frames);
            _waitingBytes += segment.Length - before;
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _metrics.Dropped(recordCount, PredictionLogMetrics.DiskRefused, e);
            return false;
        }
    }

    private ActiveSegment SegmentFor(int bytes)
    {
        if (_active is { } active)
        {
            if (active.Fits(bytes))
            {
                return active;
            }
            _sealed[_activeNumber] = active.Length;
            _active = null;
            active.Dispose();
        }
        var size = Math.Max(_options.SegmentBytes, JournalSegment.Header.Length + bytes);
        _active = ActiveSegment.Create(JournalSegment.PathOf(_folder, _activeNumber + 1), size);
        _activeNumber++;
        return _active;
    }
}
