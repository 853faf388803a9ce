using System.Text;

namespace Slipway.Inference.Engine.Models;

/// <summary>
/// Reads the protobuf wire format of a file piece by piece, so that what a model refers to can be known without holding its weights in memory. Anything malformed
/// is an <see cref="InvalidDataException"/>.
/// </summary>
internal sealed class OnnxWireReader(Stream stream)
{
    private readonly byte[] _buffer = new byte[16 * 1024];
    private long _bufferStart;
    private int _offset;
    private int _length;

    public long Position => _bufferStart + _offset;

    private ulong ReadVarint(long end)
    {
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var next = ReadByte(end);
            value |= shift < 64 ? (ulong)(next & 0x7F) << shift : 0;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("a number is longer than ten bytes");
    }

    /// <summary>
    /// A field's number and wire type. A tag above 32 bits is refused: parsers that keep only its lower half would see another field than this one.
    /// </summary>
    public (ulong Field, ulong WireType) ReadTag(long end)
    {
        var tag = ReadVarint(end);
        return tag is >= 8 and <= uint.MaxValue ? (tag >> 3, tag & 7) : throw new InvalidDataException("a field has no valid number");
    }

    /// <summary>The end of a length-delimited field whose length comes next, checked against the end of what holds it.</summary>
    public long ReadFieldEnd(long end)
    {
        var size = ReadVarint(end);
        if (size > (ulong)(end - Position))
        {
            throw new InvalidDataException("a field is longer than what holds it: the file is truncated or not ONNX");
        }

        return Position + (long)size;
    }

    public string ReadText(long fieldEnd, int limitBytes)
    {
        var size = fieldEnd - Position;
        if (size > limitBytes)
        {
            throw new InvalidDataException($"a text of {size} bytes is longer than {limitBytes}");
        }

        var bytes = new byte[size];
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = ReadByte(fieldEnd);
        }

        return Encoding.UTF8.GetString(bytes);
    }

    public void SkipField(ulong wireType, long end)
    {
        switch (wireType)
        {
            case 0:
                ReadVarint(end);
                break;
            case 1:
                SkipTo(Position + 8, end);
                break;
            case 2:
                SkipTo(ReadFieldEnd(end), end);
                break;
            case 5:
                SkipTo(Position + 4, end);
                break;
            default:
                // Groups went out of use long before ONNX: no exporter writes them.
                throw new InvalidDataException($"wire type {wireType} does not occur in ONNX");
        }
    }

    private void SkipTo(long position, long end)
    {
        if (position > end)
        {
            throw new InvalidDataException("the file ends inside a field");
        }

        if (position - _bufferStart <= _length)
        {
            _offset = (int)(position - _bufferStart);
            return;
        }

        stream.Position = position;
        _bufferStart = position;
        _offset = 0;
        _length = 0;
    }

    private byte ReadByte(long end)
    {
        if (Position >= end)
        {
            throw new InvalidDataException("the file ends inside a field");
        }

        if (_offset == _length)
        {
            _bufferStart += _length;
            _offset = 0;
            _length = stream.Read(_buffer);
            if (_length == 0)
            {
                throw new InvalidDataException("the file ends inside a field");
            }
        }

        return _buffer[_offset++];
    }
}
