using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Slipway.Inference.Service.PredictionLog;

/// <summary>A reusable byte buffer that frames are built in, with the few ways of writing that a record needs.</summary>
internal sealed class RecordBuffer : IDisposable
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(1024);
    private int _frameStart;

    public int Length { get; private set; }

    /// <summary>Records written since the last <see cref="Clear"/>.</summary>
    public int RecordCount { get; private set; }

    /// <summary>The numbers of the layouts that have been added and still hold.</summary>
    public HashSet<int> Layouts { get; } = [];

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Clear()
    {
        Length = 0;
        RecordCount = 0;
        Layouts.Clear();
    }

    /// <summary>Adds a record's whole frame as it is.</summary>
    public void AddRecord(ReadOnlySpan<byte> frame)
    {
        AddFrame(frame);
        RecordCount++;
    }

    /// <summary>Adds a layout's whole frame as it is, unless it is there already.</summary>
    public void AddLayout(int number, ReadOnlySpan<byte> frame)
    {
        if (Layouts.Add(number))
        {
            AddFrame(frame);
        }
    }

    public void BeginFrame()
    {
        _frameStart = Length;
        Reserve(JournalSegment.FrameOverheadBytes);
        Length += JournalSegment.FrameOverheadBytes;
    }

    public void EndFrame(bool isRecord = true)
    {
        var payload = _bytes.AsSpan(
            _frameStart + JournalSegment.FrameOverheadBytes,
            Length - _frameStart - JournalSegment.FrameOverheadBytes
        );
        BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(_frameStart), payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(_frameStart + 4), Crc32C.Compute(payload));
        RecordCount += isRecord ? 1 : 0;
    }

    public void WriteByte(byte value)
    {
        Reserve(1);
        _bytes[Length++] = value;
    }

    public void WriteCount(int value)
    {
        Reserve(5);
        var rest = (uint)value;
        while (rest >= 0x80)
        {
            _bytes[Length++] = (byte)(rest | 0x80);
            rest >>= 7;
        }
        _bytes[Length++] = (byte)rest;
    }

    public void WriteInteger(long value)
    {
        Reserve(10);
        var rest = (ulong)((value << 1) ^ (value >> 63));
        while (rest >= 0x80)
        {
            _bytes[Length++] = (byte)(rest | 0x80);
            rest >>= 7;
        }
        _bytes[Length++] = (byte)rest;
    }

    public void WriteInt64(long value)
    {
        Reserve(sizeof(long));
        BinaryPrimitives.WriteInt64LittleEndian(_bytes.AsSpan(Length), value);
        Length += sizeof(long);
    }

    public void WriteDouble(double value) => WriteInt64(BitConverter.DoubleToInt64Bits(value));

    public void WriteSingle(float value)
    {
        Reserve(sizeof(float));
        BinaryPrimitives.WriteSingleLittleEndian(_bytes.AsSpan(Length), value);
        Length += sizeof(float);
    }

    public void WriteUtf8(ReadOnlySpan<byte> text)
    {
        WriteCount(text.Length);
        Reserve(text.Length);
        text.CopyTo(_bytes.AsSpan(Length));
        Length += text.Length;
    }

    public void WriteText(string text)
    {
        var bytes = Encoding.UTF8.GetByteCount(text);
        WriteCount(bytes);
        Reserve(bytes);
        Length += Encoding.UTF8.GetBytes(text, _bytes.AsSpan(Length));
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }

    private void AddFrame(ReadOnlySpan<byte> frame)
    {
        Reserve(frame.Length);
        frame.CopyTo(_bytes.AsSpan(Length));
        Length += frame.Length;
    }

    private void Reserve(int bytes)
    {
        if (_bytes.Length - Length >= bytes)
        {
            return;
        }
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_bytes.Length * 2, Length + bytes));
        Written.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
