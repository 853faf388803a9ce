using System.Buffers.Binary;
using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.Grpc;

/// <summary>Reads the fields of one protobuf message from a span, without allocating. Anything malformed is the caller's mistake.</summary>
internal ref struct ProtoReader(ReadOnlySpan<byte> bytes)
{
    public const int Varint = 0;
    public const int Fixed64 = 1;
    public const int Delimited = 2;
    public const int Fixed32 = 5;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _position;

    /// <summary>Moves to the next field; false at the end of the message.</summary>
    public bool TryReadTag(out int field, out int wireType)
    {
        field = 0;
        wireType = 0;
        if (_position == _bytes.Length)
        {
            return false;
        }
        var tag = ReadVarint();
        if (tag is < 8 or > uint.MaxValue)
        {
            throw Malformed();
        }
        field = (int)(tag >> 3);
        wireType = (int)(tag & 7);
        return true;
    }

    public ulong ReadVarint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            if (_position == _bytes.Length)
            {
                throw Malformed();
            }
            var next = _bytes[_position++];
            value |= shift < 64 ? (ulong)(next & 0x7F) << shift : 0;
            if (next < 0x80)
            {
                return value;
            }
        }
        throw Malformed();
    }

    public uint ReadFixed32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

    public ulong ReadFixed64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));

    /// <summary>A string, byte string, nested message or packed list.</summary>
    public ReadOnlySpan<byte> ReadDelimited()
    {
        var length = ReadVarint();
        return length <= (ulong)(_bytes.Length - _position) ? Take((int)length) : throw Malformed();
    }

    /// <summary>Reads a field that has to be length-delimited.</summary>
    public ReadOnlySpan<byte> ReadDelimited(int wireType) => wireType == Delimited ? ReadDelimited() : throw Malformed();

    /// <summary>Reads a field that has to be a varint.</summary>
    public ulong ReadVarint(int wireType) => wireType == Varint ? ReadVarint() : throw Malformed();

    /// <summary>Passes over a field that is not known.</summary>
    public void Skip(int wireType)
    {
        switch (wireType)
        {
            case Varint:
                ReadVarint();
                break;
            case Fixed64:
                Take(sizeof(ulong));
                break;
            case Delimited:
                ReadDelimited();
                break;
            case Fixed32:
                Take(sizeof(uint));
                break;
            default:
                throw Malformed();
        }
    }

    public static RequestRefusedException Malformed() => RequestRefusedException.BadRequest("the request message is not valid protobuf");

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _bytes.Length - _position)
        {
            throw Malformed();
        }
        _position += count;
        return _bytes.Slice(_position - count, count);
    }
}
