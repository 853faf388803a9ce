using System.Text.Unicode;

namespace Slipway.Inference.Service.Json;

/// <summary>
/// Reads JSON forward over one span, without allocating: what the protocols need beyond <see cref="System.Text.Json.Utf8JsonReader"/> is the bare tokens NaN and Infinity
/// that numeric clients send, and numbers that are not parsed twice. Otherwise as strict as the standard (RFC 8259). The caller walks the structure:
/// <c>BeginArray</c>, then a value after each <see cref="NextElement"/> that is true.
/// </summary>
internal ref struct JsonCursor
{
    private readonly ReadOnlySpan<byte> _json;
    private readonly int _maxDepth;
    private int _position;
    private int _depth;
    private bool _isFirst;

    public JsonCursor(ReadOnlySpan<byte> json, int maxDepth)
    {
        _json = json;
        _maxDepth = maxDepth;
        if (json.StartsWith("\uFEFF"u8))
        {
            _position = 3;
        }
    }

    /// <summary>Passes over a whole text, checking it; throws <see cref="JsonFormatException"/> where it is no JSON or nested too deeply.</summary>
    public static void Check(ReadOnlySpan<byte> json, int maxDepth)
    {
        var cursor = new JsonCursor(json, maxDepth);
        cursor.Skip();
        cursor.End();
    }

    /// <summary>Bytes from here to the end of the text.</summary>
    public readonly int Remaining => _json.Length - _position;

    /// <summary>The kind of the value that comes next, judged by its first byte.</summary>
    public JsonKind Peek()
    {
        SkipWhiteSpace();
        return Current() switch
        {
            (byte)'{' => JsonKind.Object,
            (byte)'[' => JsonKind.Array,
            (byte)'"' => JsonKind.String,
            (byte)'t' or (byte)'f' => JsonKind.Boolean,
            (byte)'n' => JsonKind.Null,
            (byte)'-' or (>= (byte)'0' and <= (byte)'9') or (byte)'N' or (byte)'I' => JsonKind.Number,
            _ => throw Wrong(_json.IsEmpty ? "The document is empty." : "Invalid value."),
        };
    }

    public void BeginObject() => Begin((byte)'{');

    public void BeginArray() => Begin((byte)'[');

    /// <summary>Moves to the next member of the object; false at its end. The name is valid until the next call.</summary>
    public bool NextMember(out ReadOnlySpan<byte> name)
    {
        name = default;
        if (!Next((byte)'}', "Missing a comma or } after an object member."))
        {
            return false;
        }
        SkipWhiteSpace();
        if (Current() != '"')
        {
            throw Wrong("Missing a name for object member.");
        }
        name = ReadString();
        SkipWhiteSpace();
        if (Current() != ':')
        {
            throw Wrong("Missing a colon after a name of object member.");
        }
        _position++;
        return true;
    }

    /// <summary>Moves to the next element of the array; false at its end.</summary>
    public bool NextElement() => Next((byte)']', "Missing a comma or ] after an array element.");

    /// <summary>The string's text in UTF-8, without escapes; part of the input where it had none.</summary>
    public ReadOnlySpan<byte> ReadString()
    {
        SkipWhiteSpace();
        if (Current() != '"')
        {
            throw Wrong("Invalid value.");
        }
        var start = ++_position;
        var rest = _json[start..];
        var length = rest.IndexOfAny((byte)'"', (byte)'\\');
        if (length < 0)
        {
            _position = _json.Length;
            throw Wrong("Missing a closing quotation mark in string.");
        }
        if (rest[length] == '\\')
        {
            return ReadEscaped(start);
        }
        var text = rest[..length];
        CheckText(text, start);
        _position = start + length + 1;
        return text;
    }

    /// <summary>A number, NaN or an infinity.</summary>
    public JsonNumber ReadNumber()
    {
        SkipWhiteSpace();
        var start = _position;
        var isNegative = Current() == '-';
        if (isNegative)
        {
            _position++;
        }
        if (Current() is (byte)'I' or (byte)'N')
        {
            return ReadSpecial(start, isNegative);
        }
        ulong digits = 0;
        var isExact = true;
        var first = Current();
        if (ReadDigits(ref digits, ref isExact) is var whole && (whole == 0 || (whole > 1 && first == '0')))
        {
            _position = start;
            throw Wrong("Invalid value.");
        }
        var exponent = 0;
        if (Current() == '.')
        {
            _position++;
            var fraction = ReadDigits(ref digits, ref isExact);
            exponent = -fraction;
            if (fraction == 0)
            {
                throw Wrong("Miss fraction part in number.");
            }
        }
        if (Current() is (byte)'e' or (byte)'E')
        {
            exponent = ReadExponent(exponent, ref isExact);
        }
        return new JsonNumber(_json[start.._position], digits, exponent, isNegative, isExact);
    }

    public bool ReadBoolean()
    {
        SkipWhiteSpace();
        if (Current() == 't')
        {
            Expect("true"u8);
            return true;
        }
        Expect("false"u8);
        return false;
    }

    public void ReadNull()
    {
        SkipWhiteSpace();
        Expect("null"u8);
    }

    /// <summary>Passes over a value of any kind, checking it.</summary>
    public void Skip()
    {
        switch (Peek())
        {
            case JsonKind.Object:
                BeginObject();
                while (NextMember(out _))
                {
                    Skip();
                }
                break;
            case JsonKind.Array:
                BeginArray();
                while (NextElement())
                {
                    Skip();
                }
                break;
            case JsonKind.String:
                ReadString();
                break;
            case JsonKind.Number:
                ReadNumber();
                break;
            case JsonKind.Boolean:
                ReadBoolean();
                break;
            default:
                ReadNull();
                break;
        }
    }

    /// <summary>Checks that nothing but white space is left.</summary>
    public void End()
    {
        SkipWhiteSpace();
        if (_position < _json.Length)
        {
            throw Wrong("The document root must not be followed by other values.");
        }
    }

    private void Begin(byte open)
    {
        SkipWhiteSpace();
        if (Current() != open)
        {
            throw Wrong("Invalid value.");
        }
        if (++_depth > _maxDepth)
        {
            throw Wrong($"JSON nesting depth exceeds maximum allowed limit ({_maxDepth})");
        }
        _position++;
        _isFirst = true;
    }

    private bool Next(byte close, string otherwise)
    {
        SkipWhiteSpace();
        var current = Current();
        if (current == close)
        {
            _position++;
            _depth--;
            _isFirst = false;
            return false;
        }
        if (_isFirst)
        {
            _isFirst = false;
            return true;
        }
        if (current != ',')
        {
            throw Wrong(otherwise);
        }
        _position++;
        SkipWhiteSpace();
        if (Current() == close)
        {
            throw Wrong(close == (byte)'}' ? "Missing a name for object member." : "Invalid value.");
        }
        return true;
    }

    private void SkipWhiteSpace()
    {
        while (_position < _json.Length && _json[_position] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
        {
            _position++;
        }
    }

    // Zero, which begins nothing in JSON, at the end of the text.
    private readonly byte Current() => _position < _json.Length ? _json[_position] : (byte)0;

    private void Expect(ReadOnlySpan<byte> token)
    {
        if (!_json[_position..].StartsWith(token))
        {
            throw Wrong("Invalid value.");
        }
        _position += token.Length;
    }

    private JsonNumber ReadSpecial(int start, bool isNegative)
    {
        if (Current() == 'I')
        {
            Expect("Infinity"u8);
            return new JsonNumber(_json[start.._position], isNegative ? double.NegativeInfinity : double.PositiveInfinity);
        }
        if (isNegative)
        {
            throw Wrong("Invalid value.");
        }
        Expect("NaN"u8);
        return new JsonNumber(_json[start.._position], double.NaN);
    }

    private int ReadDigits(ref ulong digits, ref bool isExact)
    {
        var start = _position;
        while (Current() is >= (byte)'0' and <= (byte)'9')
        {
            var digit = (ulong)(_json[_position++] - '0');
            if (digits > (ulong.MaxValue - digit) / 10)
            {
                isExact = false;
                continue;
            }
            digits = (digits * 10) + digit;
        }
        return _position - start;
    }

    private int ReadExponent(int exponent, ref bool isExact)
    {
        _position++;
        var isNegative = Current() == '-';
        if (isNegative || Current() == '+')
        {
            _position++;
        }
        ulong digits = 0;
        var fits = true;
        if (ReadDigits(ref digits, ref fits) == 0)
        {
            throw Wrong("Miss exponent in number.");
        }
        if (!fits || digits > 10_000)
        {
            // Beyond every number type: left to the framework's parser.
            isExact = false;
            return 0;
        }
        return isNegative ? exponent - (int)digits : exponent + (int)digits;
    }

    private ReadOnlySpan<byte> ReadEscaped(int start)
    {
        var end = start;
        while (true)
        {
            var next = _json[end..].IndexOfAny((byte)'"', (byte)'\\');
            if (next < 0)
            {
                _position = _json.Length;
                throw Wrong("Missing a closing quotation mark in string.");
            }
            end += next;
            if (_json[end] == '"')
            {
                break;
            }
            end += 2;
            if (end > _json.Length)
            {
                _position = _json.Length;
                throw Wrong("Missing a closing quotation mark in string.");
            }
        }
        var raw = _json[start..end];
        CheckText(raw, start);
        var text = JsonEscapes.Resolve(raw, start);
        _position = end + 1;
        return text;
    }

    private static void CheckText(ReadOnlySpan<byte> text, int start)
    {
        var control = text.IndexOfAnyInRange((byte)0, (byte)0x1F);
        if (control >= 0)
        {
            throw new JsonFormatException("Invalid encoding in string: a control character must be escaped.", start + control);
        }
        if (!Utf8.IsValid(text))
        {
            throw new JsonFormatException("Invalid encoding in string: it is not UTF-8.", start);
        }
    }

    private readonly JsonFormatException Wrong(string problem) => new(problem, _position);
}
