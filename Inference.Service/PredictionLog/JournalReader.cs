using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Slipway.Contracts.Messages;

namespace Slipway.Inference.Service.PredictionLog;

/// <summary>
/// Reads records in the order in which they were written, from where the broker's confirmations end. A segment that stops in half a frame, as a kill during a
/// write leaves it, or that is damaged, deleted or cut by someone else, ends there: what is lost is counted and reading goes on with the next one.
/// </summary>
internal sealed class JournalReader(PredictionJournal journal, PredictionLogMetrics metrics) : IDisposable
{
    private byte[] _buffer = new byte[256 * 1024];
    private int _start;
    private int _end;
    private SafeFileHandle? _file;
    private long _openSegment = -1;
    private readonly Dictionary<int, byte[]> _layouts = []; // of the segment that is read
    private bool _hasLayouts; // those before the position, too

    /// <summary>The next frame to read.</summary>
    public JournalPosition Position { get; private set; } = journal.Consumed;

    /// <summary>
    /// Appends frames to <paramref name="batch"/> until it has <paramref name="maxRecords"/> or <paramref name="maxBytes"/>, or there are no more.
    /// </summary>
    public void Read(RecordBuffer batch, int maxRecords, int maxBytes)
    {
        while (batch.RecordCount < maxRecords && batch.Length < maxBytes)
        {
            var extent = journal.Extent(Position.Segment);
            if (extent is { } current && Position.Offset < current.Length)
            {
                ReadNext(batch, current.Length);
            }
            else if ((extent is { IsSealed: false }) || !MoveOn(batch))
            {
                break;
            }
        }
    }

    public void Dispose() => _file?.Dispose();

    private void ReadNext(RecordBuffer batch, long limit)
    {
        try
        {
            if (Position.Offset < JournalSegment.Header.Length)
            {
                Open(limit);
            }
            else
            {
                CollectLayouts(limit);
                if (!TryReadFrame(batch, limit))
                {
                    PassOver(limit);
                }
            }
        }
        catch (Exception e) when (e is FileNotFoundException or EndOfStreamException)
        {
            // Trying again would end the same way for ever, and keep everything behind it from the broker.
            PassOver(limit);
        }
    }

    private void PassOver(long limit)
    {
        metrics.Torn(Position, limit - Position.Offset);
        Position = Position with { Offset = limit };
        _start = _end = 0;
    }

    private void Open(long length)
    {
        Span<byte> header = stackalloc byte[JournalSegment.Header.Length];
        var isOurs = RandomAccess.Read(File(), header, 0) == header.Length && header.SequenceEqual(JournalSegment.Header);
        if (!isOurs && length > 0)
        {
            metrics.Torn(Position, length);
        }
        Position = Position with { Offset = isOurs ? JournalSegment.Header.Length : Math.Max(length, JournalSegment.Header.Length) };
    }

    private bool MoveOn(RecordBuffer batch)
    {
        if (journal.NextSegment(Position.Segment) is not { } next)
        {
            return false;
        }
        Position = new JournalPosition(next, 0);
        _start = _end = 0;
        _layouts.Clear();
        _hasLayouts = true;
        // Their numbers are a segment's own: those of the next one may mean something else.
        batch.Layouts.Clear();
        return true;
    }

    // A reader that begins in the middle of a segment has not met the layouts before.
    private void CollectLayouts(long limit)
    {
        if (_hasLayouts)
        {
            return;
        }
        _hasLayouts = true;
        var begin = Position;
        Position = begin with { Offset = JournalSegment.Header.Length };
        _start = _end = 0;
        while (Position.Offset < begin.Offset && TryTakeFrame(limit, out var frame))
        {
            if (frame[JournalSegment.FrameOverheadBytes] == PackedRecords.Layout)
            {
                Remember(frame);
            }
        }
        Position = begin;
        _start = _end = 0;
    }

    private bool TryReadFrame(RecordBuffer batch, long limit)
    {
        if (!TryTakeFrame(limit, out var frame))
        {
            return false;
        }
        var payload = frame[JournalSegment.FrameOverheadBytes..];
        switch (payload[0])
        {
            case PackedRecords.Layout:
                Remember(frame);
                return true;
            case PackedRecords.WithLayout:
                var number = PackedRecordReader.ReadLayoutNumber(payload)!.Value;
                if (!_layouts.TryGetValue(number, out var layout))
                {
                    return false;
                }
                batch.AddLayout(number, layout);
                break;
            case PackedRecords.SelfContained:
                break;
            default:
                // Written by another version: as good as damage to this one.
                return false;
        }
        batch.AddRecord(frame);
        return true;
    }

    private void Remember(ReadOnlySpan<byte> frame) =>
        _layouts[PackedRecordReader.ReadLayoutNumber(frame[JournalSegment.FrameOverheadBytes..])!.Value] = frame.ToArray();

    // The frame at the position, which moves behind it; false when it is damaged.
    private bool TryTakeFrame(long limit, out ReadOnlySpan<byte> frame)
    {
        frame = default;
        var left = limit - Position.Offset;
        if (left < JournalSegment.FrameOverheadBytes)
        {
            return false;
        }
        Fill(JournalSegment.FrameOverheadBytes, limit);
        var length = BinaryPrimitives.ReadInt32LittleEndian(_buffer.AsSpan(_start));
        if (length is <= 0 or > JournalSegment.MaxPayloadBytes || length > left - JournalSegment.FrameOverheadBytes)
        {
            return false;
        }
        Fill(JournalSegment.FrameOverheadBytes + length, limit);
        frame = _buffer.AsSpan(_start, JournalSegment.FrameOverheadBytes + length);
        if (Crc32C.Compute(frame[JournalSegment.FrameOverheadBytes..]) != BinaryPrimitives.ReadUInt32LittleEndian(frame[sizeof(int)..]))
        {
            return false;
        }
        _start += frame.Length;
        Position = Position with { Offset = Position.Offset + frame.Length };
        return true;
    }

    private void Fill(int bytes, long limit)
    {
        if (_end - _start >= bytes)
        {
            return;
        }
        var kept = _buffer.AsSpan(_start, _end - _start);
        var target = _buffer.Length >= bytes ? _buffer : new byte[bytes];
        kept.CopyTo(target);
        _buffer = target;
        _end -= _start;
        _start = 0;
        while (_end < bytes)
        {
            var offset = Position.Offset + _end;
            var room = (int)Math.Min(_buffer.Length - _end, limit - offset);
            var read = RandomAccess.Read(File(), _buffer.AsSpan(_end, room), offset);
            if (read == 0)
            {
                throw new EndOfStreamException(
                    $"The prediction journal's segment {Position.Segment} ends at {offset}, before its known length {limit}."
                );
            }
            _end += read;
        }
    }

    private SafeFileHandle File()
    {
        if (_file is null || _openSegment != Position.Segment)
        {
            _file?.Dispose();
            _file = System.IO.File.OpenHandle(
                JournalSegment.PathOf(journal.Folder, Position.Segment),
                FileMode.Open,
                FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete
            );
            _openSegment = Position.Segment;
        }
        return _file;
    }
}
