using System.Globalization;
using System.Text;
using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.Grpc;

/// <summary>One entry of a <c>parameters</c> map: its name, and its value as text and, for numbers and booleans, as a number.</summary>
internal readonly ref struct InferParameter
{
    private readonly ReadOnlySpan<byte> _text;
    private readonly long _number;
    private readonly bool _isText;

    private InferParameter(ReadOnlySpan<byte> name, ReadOnlySpan<byte> text, long number, bool isText)
    {
        Name = name;
        _text = text;
        _number = number;
        _isText = isText;
    }

    public ReadOnlySpan<byte> Name { get; }

    public static InferParameter Read(ReadOnlySpan<byte> entry)
    {
        var reader = new ProtoReader(entry);
        ReadOnlySpan<byte> name = default;
        ReadOnlySpan<byte> value = default;
        while (reader.TryReadTag(out var field, out var wireType))
        {
            if (field == 1)
            {
                name = reader.ReadDelimited(wireType);
            }
            else if (field == 2)
            {
                value = reader.ReadDelimited(wireType);
            }
            else
            {
                reader.Skip(wireType);
            }
        }
        return ReadValue(name, value);
    }

    /// <summary>Whether the value is a text.</summary>
    public bool IsText => _isText;

    /// <summary>The value as a text.</summary>
    public string AsText() => _isText ? Encoding.UTF8.GetString(_text) : throw Wrong("a string");

    /// <summary>The value as a whole number, not negative; some clients send numbers as texts.</summary>
    public ulong AsInteger()
    {
        if (!_isText)
        {
            return _number >= 0 ? (ulong)_number : throw Wrong("a whole number, not negative");
        }
        return ulong.TryParse(_text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw Wrong("a whole number, not negative");
    }

    /// <summary>The value as a boolean.</summary>
    public bool AsBoolean() => !_isText ? _number != 0 : throw Wrong("a boolean");

    private static InferParameter ReadValue(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var reader = new ProtoReader(value);
        ReadOnlySpan<byte> text = default;
        long number = 0;
        var isText = false;
        while (reader.TryReadTag(out var field, out var wireType))
        {
            switch (field)
            {
                case 1 or 2 or 5:
                    number = unchecked((long)reader.ReadVarint(wireType));
                    isText = false;
                    break;
                case 3:
                    text = reader.ReadDelimited(wireType);
                    isText = true;
                    break;
                case 4 when wireType == ProtoReader.Fixed64:
                    number = (long)BitConverter.UInt64BitsToDouble(reader.ReadFixed64());
                    isText = false;
                    break;
                default:
                    reader.Skip(wireType);
                    break;
            }
        }
        return new InferParameter(name, text, number, isText);
    }

    private RequestRefusedException Wrong(string expected) =>
        RequestRefusedException.BadRequest($"parameter '{Encoding.UTF8.GetString(Name)}' must be {expected}");
}
