using System.Globalization;
using System.Text;

namespace Slipway.Inference.Service.Repository.ProtoText;

/// <summary>Cuts protobuf text into tokens (the language of protobuf.dev/reference/protobuf/textformat-spec), one token ahead.</summary>
internal sealed class ProtoTextLexer
{
    private readonly string _text;
    private int _position;
    private int _line = 1;
    private int _lineStart;

    public ProtoTextLexer(string text)
    {
        _text = text;
        Next();
    }

    /// <summary>The token that comes next.</summary>
    public ProtoToken Current { get; private set; }

    /// <summary>Gives the current token and moves on.</summary>
    public ProtoToken Take()
    {
        var token = Current;
        Next();
        return token;
    }

    /// <summary>Moves past the symbol if it comes next.</summary>
    public bool TrySymbol(char symbol)
    {
        if (Current.Kind != ProtoTokenKind.Symbol || Current.Text[0] != symbol)
        {
            return false;
        }
        Next();
        return true;
    }

    private void Next()
    {
        SkipBlanks();
        if (_position == _text.Length)
        {
            Current = Token(ProtoTokenKind.End, _position);
            return;
        }
        var start = _position;
        var first = _text[start];
        if (IsNameStart(first))
        {
            Skip(c => IsNameStart(c) || char.IsAsciiDigit(c));
            Current = Token(ProtoTokenKind.Identifier, start);
        }
        else if (char.IsAsciiDigit(first) || (first == '.' && start + 1 < _text.Length && char.IsAsciiDigit(_text[start + 1])))
        {
            SkipNumber();
            Current = Token(ProtoTokenKind.Number, start);
        }
        else if (first is '"' or '\'')
        {
            var bytes = ReadString(first);
            Current = Token(ProtoTokenKind.String, start) with { Bytes = bytes };
        }
        else
        {
            _position++;
            Current = Token(ProtoTokenKind.Symbol, start);
        }
    }

    private ProtoToken Token(ProtoTokenKind kind, int start) => new(kind, _text[start.._position], null, _line, start - _lineStart + 1);

    private void SkipBlanks()
    {
        while (_position < _text.Length)
        {
            var c = _text[_position];
            if (c == '\n')
            {
                _line++;
                _lineStart = _position + 1;
            }
            else if (c == '#')
            {
                Skip(x => x != '\n');
                continue;
            }
            else if (c is not (' ' or '\t' or '\r' or '\v' or '\f' or '\uFEFF'))
            {
                return;
            }
            _position++;
        }
    }

    private void Skip(Func<char, bool> wanted)
    {
        while (_position < _text.Length && wanted(_text[_position]))
        {
            _position++;
        }
    }

    private void SkipNumber()
    {
        while (_position < _text.Length)
        {
            var c = _text[_position];
            var isExponentSign = c is '+' or '-' && _text[_position - 1] is 'e' or 'E';
            if (!char.IsAsciiLetterOrDigit(c) && c != '.' && !isExponentSign)
            {
                return;
            }
            _position++;
        }
    }

    private byte[] ReadString(char quote)
    {
        var bytes = new MemoryStream();
        _position++;
        while (true)
        {
            if (_position == _text.Length || _text[_position] == '\n')
            {
                throw new ProtoTextException(_line, _position - _lineStart + 1, "the string is not closed");
            }
            var c = _text[_position];
            if (c == quote)
            {
                _position++;
                return bytes.ToArray();
            }
            if (c == '\\')
            {
                ReadEscape(bytes);
                continue;
            }
            var length = char.IsHighSurrogate(c) && _position + 1 < _text.Length ? 2 : 1;
            bytes.Write(Encoding.UTF8.GetBytes(_text, _position, length));
            _position += length;
        }
    }

    private void ReadEscape(MemoryStream bytes)
    {
        _position++;
        var c = _position < _text.Length ? _text[_position++] : '\0';
        switch (c)
        {
            case >= '0' and <= '7':
                _position--;
                bytes.WriteByte(Digits(8, 3, c => c is >= '0' and <= '7'));
                return;
            case 'x' or 'X':
                bytes.WriteByte(Digits(16, 2, char.IsAsciiHexDigit));
                return;
            case 'u':
                bytes.Write(Encoding.UTF8.GetBytes(CodePoint(4)));
                return;
            case 'U':
                bytes.Write(Encoding.UTF8.GetBytes(CodePoint(8)));
                return;
        }
        bytes.WriteByte(
            c switch
            {
                'a' => (byte)'\a',
                'b' => (byte)'\b',
                'f' => (byte)'\f',
                'n' => (byte)'\n',
                'r' => (byte)'\r',
                't' => (byte)'\t',
                'v' => (byte)'\v',
                '\\' or '\'' or '"' or '?' => (byte)c,
                _ => throw WrongEscape(),
            }
        );
    }

    private byte Digits(int numberBase, int most, Func<char, bool> isDigit)
    {
        var start = _position;
        while (_position < _text.Length && _position - start < most && isDigit(_text[_position]))
        {
            _position++;
        }
        var value = _position == start ? 256 : Convert.ToInt32(_text[start.._position], numberBase);
        return value <= byte.MaxValue ? (byte)value : throw WrongEscape();
    }

    private string CodePoint(int digits)
    {
        var isNumber =
            _position + digits <= _text.Length
            & int.TryParse(
                _text.AsSpan(_position, Math.Min(digits, _text.Length - _position)),
                NumberStyles.AllowHexSpecifier,
                null,
                out var point
            );
        if (!isNumber || !Rune.IsValid(point))
        {
            throw WrongEscape();
        }
        _position += digits;
        return char.ConvertFromUtf32(point);
    }

    private ProtoTextException WrongEscape() => new(_line, _position - _lineStart, "the string holds an escape that is not known");

    private static bool IsNameStart(char c) => char.IsAsciiLetter(c) || c == '_';
}
