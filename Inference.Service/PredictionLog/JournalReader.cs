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
    private readonly RecordDecoder _decoder = new();
    private byte[] _buffer = new byte[256 * 1024];
    private int _start;
    private int _end;
    private SafeFileHandle? _file;
    private long _openSegment = -1;

    /// <summary>The next frame to read.</summary>
    public JournalPosition Position { get; private set; } = journal.Consumed;

    /// <summary>
    /// Appends records to <paramref name="batch"/> until it has <paramref name="maxRecords"/>, or <paramref name="maxBytes"/> were read, or there are no more. Returns the
    /// bytes read.
    /// </summary>
    public int Read(List<PredictionRecord> batch, int maxRecords, int maxBytes)
    {
        var bytes = 0;
        while (batch.Count < maxRecords && bytes < maxBytes)
        {
            var extent = journal.Extent(Position.Segment);
            if (extent is { } current && Position.Offset < current.Length)
            {
                bytes += ReadNext(batch, current.Length);
            }
            else if ((extent is { IsSealed: false }) || !MoveOn())
            {
                break;
            }
        }
        return bytes;
    }

    public void Dispose() => _file?.Dispose();

    private int ReadNext(List<PredictionRecord> batch, long limit)
    {
        try
        {
            if (Position.Offset < JournalSegment.Header.Length)
            {
                Open(limit);
                return 0;
            }
            return ReadFrame(batch, limit);
        }
        catch (Exception e) when (e is FileNotFoundException or EndOfStreamException)
        {
            // Trying again would end the same way for ever, and keep everything behind it from the broker.
            return PassOver(limit);
        }
    }

    private int PassOver(long limit)
    {
        metrics.Torn(Position, limit - Position.Offset);
        Position = Position with { Offset = limit };
        _start = _end = 0;
        return 0;
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

    private bool MoveOn()
    {
        if (journal.NextSegment(Position.Segment) is not { } next)
        {
            return false;
        }
        Position = new JournalPosition(next, 0);
        _start = _end = 0;
        return true;
    }

    private int ReadFrame(List<PredictionRecord> batch, long limit)
    {
        var left = limit - Position.Offset;
        if (left >= JournalSegment.FrameOverheadBytes)
        {
            Fill(JournalSegment.FrameOverheadBytes, limit);
            var length = BinaryPrimitives.ReadInt32LittleEndian(_buffer.AsSpan(_start));
            var expected = BinaryPrimitives.ReadUInt32LittleEndian(_buffer.AsSpan(_start + 4));
            var isPlausible = length is > 0 and <= JournalSegment.MaxPayloadBytes && length <= left - JournalSegment.FrameOverheadBytes;
            if (isPlausible && TryRead(batch, length, expected, limit))
            {
                var frame = JournalSegment.FrameOverheadBytes + length;
                _start += frame;
                Position = Position with { Offset = Position.Offset + frame };
                return frame;
            }
        }
        return PassOver(limit);
    }

    private bool TryRead(List<PredictionRecord> batch, int length, uint expected, long limit)
    {
        Fill(JournalSegment.FrameOverheadBytes + length, limit);
        var payload = _buffer.AsSpan(_start + JournalSegment.FrameOverheadBytes, length);
        if (Crc32C.Compute(payload) != expected)
        {
            return false;
        }
        try
        {
            batch.Add(_decoder.Decode(payload));
        }
        catch (InvalidDataException)
        {
            // Counted by the caller as damage; written by another version, most likely.
            return false;
        }
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
