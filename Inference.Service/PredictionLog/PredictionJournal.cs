using System.Threading.Channels;
using Microsoft.Extensions.Options;
using Microsoft.Win32.SafeHandles;

namespace Slipway.Inference.Service.PredictionLog;

/// <summary>
/// The append-only files in which answered requests wait until the broker has them. <see cref="AppendAsync"/> ends when the frames are in the operating
/// system's page cache: they survive a kill of the process, not a power cut, since nothing is forced to the disk.
/// Requests that meet while a write runs go into the next write together; the one that finds none running writes itself.
/// </summary>
internal sealed class PredictionJournal : IThreadPoolWorkItem, IDisposable
{
    private static readonly Task<bool> s_written = Task.FromResult(true);
    private static readonly Task<bool> s_dropped = Task.FromResult(false);

    private readonly string _folder;
    private readonly PredictionLogOptions _options;
    private readonly PredictionLogMetrics _metrics;
    private readonly Channel<bool> _dataWritten = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    private readonly Lock _gate = new();
    private readonly SortedDictionary<long, long> _segments; // by number, bytes that may be read; under _gate
    private WriteGroup _filling = new(); // under _gate
    private WriteGroup? _spare = new(); // under _gate
    private bool _isWriting; // under _gate
    private bool _isClosed; // under _gate
    private long _waitingBytes; // on disk and not yet published; under _gate
    private long _incomingBytes; // accepted and not yet on disk; under _gate
    private long _activeSegment; // under _gate; changed by the writing thread alone
    private JournalPosition _consumed; // under _gate

    private SafeFileHandle? _file; // the writing thread's
    private readonly FileStream _folderLock;
    private readonly JournalCursor _cursor;

    public PredictionJournal(string folder, IOptions<PredictionLogOptions> options, PredictionLogMetrics metrics)
    {
        _folder = folder;
        _options = options.Value;
        _metrics = metrics;
        Directory.CreateDirectory(folder);
        _folderLock = LockFolder(folder);
        _cursor = new JournalCursor(Path.Combine(folder, "cursor"));
        _consumed = _cursor.Load();
        _segments = JournalSegment.Find(folder);
        // Numbers are never used twice: a cursor from before would skip the new records.
        _activeSegment = Math.Max(_consumed.Segment, _segments.Count == 0 ? 0 : _segments.Keys.Last());
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
                return _waitingBytes + _incomingBytes;
            }
        }
    }

    /// <summary>Writes whole frames; false when they were dropped because the bound is reached or the disk refused them. Both are counted.</summary>
    public Task<bool> AppendAsync(ReadOnlySpan<byte> frames, int recordCount)
    {
        WriteGroup group;
        lock (_gate)
        {
            if (_isClosed)
            {
                // A write now could meet those of the process that has the folder next.
                _metrics.Dropped(recordCount, PredictionLogMetrics.Stopped);
                return s_dropped;
            }
            if (_waitingBytes + _incomingBytes + frames.Length > _options.MaxBytes)
            {
                _metrics.Dropped(recordCount, PredictionLogMetrics.BoundReached);
                return s_dropped;
            }
            _incomingBytes += frames.Length;
            group = _filling;
            group.Add(frames, recordCount);
            if (_isWriting)
            {
                return group.WaitAsync();
            }
            _isWriting = true;
            TakeOver();
        }
        var onDisk = Write(group);
        if (FinishGroup(group))
        {
            // Others came meanwhile. Their write must not delay this request.
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
        return onDisk ? s_written : s_dropped;
    }

    /// <summary>Waits until something was written since the last call.</summary>
    public async Task WaitForDataAsync(CancellationToken ct)
    {
        await _dataWritten.Reader.WaitToReadAsync(ct);
        _dataWritten.Reader.TryRead(out _);
    }

    /// <summary>How far a segment may be read, and whether it will grow no more; null when there is no such segment.</summary>
    public (long Length, bool IsSealed)? Extent(long segment)
    {
        lock (_gate)
        {
            return _segments.TryGetValue(segment, out var length) ? (length, segment != _activeSegment || _file is null) : null;
        }
    }

    /// <summary>The first segment after <paramref name="segment"/>, or null.</summary>
    public long? NextSegment(long segment)
    {
        lock (_gate)
        {
            foreach (var number in _segments.Keys)
            {
                if (number > segment)
                {
                    return number;
                }
            }
            return null;
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
            _waitingBytes = 0;
            foreach (var (number, length) in _segments)
            {
                var start = number == position.Segment ? position.Offset : JournalSegment.Header.Length;
                if (number < position.Segment || (number == position.Segment && number != _activeSegment && start >= length))
                {
                    obsolete.Add(number);
                }
                else
                {
                    _waitingBytes += Math.Max(0, length - start);
                }
            }
            foreach (var number in obsolete)
            {
                _segments.Remove(number);
            }
        }
        foreach (var number in obsolete)
        {
            File.Delete(JournalSegment.PathOf(_folder, number));
        }
    }

    /// <summary>Writes the groups that gathered during a request's own write.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        bool more;
        do
        {
            WriteGroup group;
            lock (_gate)
            {
                group = _filling;
                TakeOver();
            }
            group.Complete(Write(group));
            more = FinishGroup(group);
        } while (more);
    }

    /// <summary>Takes no more frames; a write under way ends first, and closes the files.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isClosed = true;
            if (_isWriting)
            {
                return;
            }
        }
        Close();
    }

    private void Close()
    {
        _file?.Dispose();
        _file = null;
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

    private void TakeOver()
    {
        _filling = _spare ?? new WriteGroup();
        _spare = null;
    }

    private bool FinishGroup(WriteGroup group)
    {
        bool isLast;
        bool more;
        lock (_gate)
        {
            group.Reset();
            if (_spare is null)
            {
                _spare = group;
            }
            else
            {
                group.Return();
            }
            _isWriting = _filling.RecordCount > 0;
            isLast = _isClosed && !_isWriting;
            more = _isWriting;
        }
        if (isLast)
        {
            Close();
        }
        return more;
    }

    private bool Write(WriteGroup group)
    {
        var frames = group.Frames;
        try
        {
            var (file, offset) = FileFor(frames.Length);
            RandomAccess.Write(file, frames, offset);
            lock (_gate)
            {
                _segments[_activeSegment] = offset + frames.Length;
                _incomingBytes -= frames.Length;
                _waitingBytes += frames.Length;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            GiveUp(group, e);
            return false;
        }
        _metrics.Written(group.RecordCount);
        _dataWritten.Writer.TryWrite(true);
        return true;
    }

    // The segment may now end in half a frame: it is closed, and its reader stops at the last whole one.
    private void GiveUp(WriteGroup group, Exception e)
    {
        _file?.Dispose();
        _file = null;
        lock (_gate)
        {
            _incomingBytes -= group.Length;
        }
        _metrics.Dropped(group.RecordCount, PredictionLogMetrics.DiskRefused, e);
    }

    private (SafeFileHandle File, long Offset) FileFor(int bytes)
    {
        if (_file is not null)
        {
            long length;
            lock (_gate)
            {
                length = _segments[_activeSegment];
            }
            if (length + bytes <= _options.SegmentBytes || length == JournalSegment.Header.Length)
            {
                return (_file, length);
            }
            _file.Dispose();
            _file = null;
        }
        var number = _activeSegment + 1;
        var file = File.OpenHandle(
            JournalSegment.PathOf(_folder, number),
            FileMode.Create,
            FileAccess.Write,
            FileShare.ReadWrite | FileShare.Delete
        );
        try
        {
            RandomAccess.Write(file, JournalSegment.Header, 0);
        }
        catch
        {
            // A full disk refuses every request's frames: each attempt would keep a handle.
            file.Dispose();
            throw;
        }
        _file = file;
        lock (_gate)
        {
            _activeSegment = number;
            _segments[number] = JournalSegment.Header.Length;
        }
        return (file, JournalSegment.Header.Length);
    }
}
