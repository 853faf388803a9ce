using System.Collections;
using System.Globalization;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Slipway.Inference.Service.Repository.ProtoText;

/// <summary>
/// Reads protobuf text, as in Triton's <c>config.pbtxt</c>, into a generated message by its descriptor: Google.Protobuf for C# has JSON, but no text format.
/// Unknown fields, fields given twice and values out of range are errors, as in protobuf's own parser.
/// </summary>
internal sealed class ProtoTextReader
{
    /// <summary>The deepest nesting of messages.</summary>
    public const int MaxDepth = 64;

    private readonly ProtoTextLexer _lexer;
    private int _depth;

    private ProtoTextReader(string text) => _lexer = new ProtoTextLexer(text);

    /// <summary>Reads the whole text into a new message; throws <see cref="ProtoTextException"/> where it cannot.</summary>
    public static T Read<T>(string text)
        where T : IMessage, new()
    {
        var message = new T();
        new ProtoTextReader(text).ReadFields(message, null);
        return message;
    }

    /// <summary>Reads fields up to the closing symbol, or to the end of the text where there is none.</summary>
    private void ReadFields(IMessage message, char? close)
    {
        var seen = new HashSet<int>();
        while (true)
        {
            if (close is { } symbol ? _lexer.TrySymbol(symbol) : _lexer.Current.Kind == ProtoTokenKind.End)
            {
                return;
            }
            var name = _lexer.Take();
            if (name.Kind != ProtoTokenKind.Identifier)
            {
                throw Wrong(
                    name,
                    close is null ? $"a field's name is expected, not {name}" : $"a field's name or '{close}' is expected, not {name}"
                );
            }
            var field =
                message.Descriptor.FindFieldByName(name.Text)
                ?? throw Wrong(name, $"message '{message.Descriptor.Name}' has no field '{name.Text}'");
            if (!field.IsRepeated && !seen.Add(field.FieldNumber))
            {
                throw Wrong(name, $"field '{name.Text}' is given more than once");
            }
            if (field.RealContainingOneof is { } oneof && oneof.Accessor.GetCaseFieldDescriptor(message) is { } other)
            {
                throw Wrong(name, $"'{name.Text}' excludes '{other.Name}', which is given already");
            }
            ReadField(message, field);
            _ = _lexer.TrySymbol(',') || _lexer.TrySymbol(';');
        }
    }

    private void ReadField(IMessage message, FieldDescriptor field)
    {
        var hasColon = _lexer.TrySymbol(':');
        if (!hasColon && field.FieldType != FieldType.Message)
        {
            throw Wrong(_lexer.Current, $"':' is expected after '{field.Name}'");
        }
        if (!field.IsRepeated)
        {
            field.Accessor.SetValue(message, ReadValue(field));
            return;
        }
        if (!_lexer.TrySymbol('['))
        {
            Add(message, field);
            return;
        }
        if (_lexer.TrySymbol(']'))
        {
            return;
        }
        do
        {
            Add(message, field);
        } while (_lexer.TrySymbol(','));
        if (!_lexer.TrySymbol(']'))
        {
            throw Wrong(_lexer.Current, $"',' or ']' is expected, not {_lexer.Current}");
        }
    }

    private void Add(IMessage message, FieldDescriptor field)
    {
        if (!field.IsMap)
        {
            ((IList)field.Accessor.GetValue(message)).Add(ReadValue(field));
            return;
        }
        var (key, value) = ReadEntry(field.MessageType);
        ((IDictionary)field.Accessor.GetValue(message))[key] = value;
    }

    private (object Key, object Value) ReadEntry(MessageDescriptor entry)
    {
        var (keyField, valueField) = (entry.FindFieldByNumber(1), entry.FindFieldByNumber(2));
        object? key = null;
        object? value = null;
        var close = BeginMessage();
        while (!_lexer.TrySymbol(close))
        {
            var name = _lexer.Take();
            var hasColon = _lexer.TrySymbol(':');
            if (name is { Kind: ProtoTokenKind.Identifier, Text: "key" } && key is null && hasColon)
            {
                key = ReadValue(keyField);
            }
            else if (
                name is { Kind: ProtoTokenKind.Identifier, Text: "value" }
                && value is null
                && (hasColon || valueField.FieldType == FieldType.Message)
            )
            {
                value = ReadValue(valueField);
            }
            else
            {
                throw Wrong(name, $"an entry has one 'key' and one 'value', not {name}");
            }
            _ = _lexer.TrySymbol(',') || _lexer.TrySymbol(';');
        }
        _depth--;
        return (key ?? Default(keyField), value ?? Default(valueField));
    }

    private object ReadValue(FieldDescriptor field)
    {
        if (field.FieldType is FieldType.Message)
        {
            var close = BeginMessage();
            var message = field.MessageType.Parser.ParseFrom(ByteString.Empty);
            ReadFields(message, close);
            _depth--;
            return message;
        }
        var isNegative = _lexer.TrySymbol('-');
        var token = _lexer.Take();
        return field.FieldType switch
        {
            FieldType.Enum when !isNegative => ReadEnum(field, token),
            FieldType.Bool when !isNegative => ReadBool(field, token),
            FieldType.String when !isNegative => Encoding.UTF8.GetString(ReadBytes(field, token)),
            FieldType.Bytes when !isNegative => ByteString.CopyFrom(ReadBytes(field, token)),
            FieldType.Double => ReadReal(field, token, isNegative),
            FieldType.Float => (float)ReadReal(field, token, isNegative),
            FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 => (int)ReadInteger(
                field,
                token,
                isNegative,
                int.MinValue,
                int.MaxValue
            ),
            FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 => (long)ReadInteger(
                field,
                token,
                isNegative,
                long.MinValue,
                long.MaxValue
            ),
            FieldType.UInt32 or FieldType.Fixed32 => (uint)ReadInteger(field, token, isNegative, 0, uint.MaxValue),
            FieldType.UInt64 or FieldType.Fixed64 => (ulong)ReadInteger(field, token, isNegative, 0, ulong.MaxValue),
            _ => throw Unfit(field, token),
        };
    }

    private char BeginMessage()
    {
        var open = _lexer.Current;
        var close =
            _lexer.TrySymbol('{') ? '}'
            : _lexer.TrySymbol('<') ? '>'
            : throw Wrong(open, $"'{{' is expected, not {open}");
        return ++_depth <= MaxDepth ? close : throw Wrong(open, $"messages are nested deeper than {MaxDepth}");
    }

    // Strings that stand side by side are one string, as in C.
    private byte[] ReadBytes(FieldDescriptor field, ProtoToken token)
    {
        if (token.Kind != ProtoTokenKind.String)
        {
            throw Unfit(field, token);
        }
        var bytes = token.Bytes!;
        while (_lexer.Current.Kind == ProtoTokenKind.String)
        {
            bytes = [.. bytes, .. _lexer.Take().Bytes!];
        }
        return bytes;
    }

    private static int ReadEnum(FieldDescriptor field, ProtoToken token)
    {
        var value =
            token.Kind == ProtoTokenKind.Identifier ? field.EnumType.FindValueByName(token.Text)
            : token.Kind == ProtoTokenKind.Number && int.TryParse(token.Text, out var number) ? field.EnumType.FindValueByNumber(number)
            : null;
        return value?.Number ?? throw Unfit(field, token);
    }

    private static bool ReadBool(FieldDescriptor field, ProtoToken token) =>
        token switch
        {
            { Kind: ProtoTokenKind.Identifier, Text: "true" or "True" or "t" } or { Kind: ProtoTokenKind.Number, Text: "1" } => true,
            { Kind: ProtoTokenKind.Identifier, Text: "false" or "False" or "f" } or { Kind: ProtoTokenKind.Number, Text: "0" } => false,
            _ => throw Unfit(field, token),
        };

    private static Int128 ReadInteger(FieldDescriptor field, ProtoToken token, bool isNegative, Int128 least, Int128 most)
    {
        var text = token.Text.AsSpan();
        Int128 value = 0;
        var isNumber =
            token.Kind == ProtoTokenKind.Number
            && (
                text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
                    ? ulong.TryParse(text[2..], NumberStyles.AllowHexSpecifier, null, out var unsigned) && Take(unsigned, out value)
                : text.Length > 1 && text[0] == '0' ? TryOctal(text[1..], out value)
                : ulong.TryParse(text, NumberStyles.None, null, out unsigned) && Take(unsigned, out value)
            );
        if (!isNumber)
        {
            throw Unfit(field, token);
        }
        value = isNegative ? -value : value;
        return value >= least && value <= most
            ? value
            : throw Wrong(token, $"{value} is out of the range of field '{field.Name}', {least} to {most}");

        static bool Take(ulong from, out Int128 to)
        {
            to = from;
            return true;
        }
    }

    private static bool TryOctal(ReadOnlySpan<char> digits, out Int128 value)
    {
        value = 0;
        foreach (var digit in digits)
        {
            if (digit is < '0' or > '7' || value > ulong.MaxValue)
            {
                return false;
            }
            value = (value * 8) + (digit - '0');
        }
        return true;
    }

    private static double ReadReal(FieldDescriptor field, ProtoToken token, bool isNegative)
    {
        var text = token.Text.AsSpan();
        double value;
        if (token.Kind == ProtoTokenKind.Identifier)
        {
            value =
                text.Equals("inf", StringComparison.OrdinalIgnoreCase) || text.Equals("infinity", StringComparison.OrdinalIgnoreCase)
                    ? double.PositiveInfinity
                : text.Equals("nan", StringComparison.OrdinalIgnoreCase) ? double.NaN
                : throw Unfit(field, token);
        }
        else
        {
            if (
                token.Kind != ProtoTokenKind.Number
                || !double.TryParse(text.TrimEnd("fF"), NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, null, out value)
            )
            {
                throw Unfit(field, token);
            }
        }
        return isNegative ? -value : value;
    }

    private static object Default(FieldDescriptor field) =>
        field.FieldType switch
        {
            FieldType.Message => field.MessageType.Parser.ParseFrom(ByteString.Empty),
            FieldType.String => "",
            FieldType.Bytes => ByteString.Empty,
            FieldType.Bool => false,
            FieldType.Double => 0d,
            FieldType.Float => 0f,
            FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 => 0L,
            FieldType.UInt64 or FieldType.Fixed64 => 0UL,
            FieldType.UInt32 or FieldType.Fixed32 => 0U,
            _ => 0,
        };

    private static ProtoTextException Unfit(FieldDescriptor field, ProtoToken token) =>
        Wrong(token, $"{token} is no value for field '{field.Name}' of type {Describe(field)}");

    private static string Describe(FieldDescriptor field) =>
        field.FieldType == FieldType.Enum ? field.EnumType.Name : field.FieldType.ToString().ToLowerInvariant();

    private static ProtoTextException Wrong(ProtoToken token, string problem) => new(token.Line, token.Column, problem);
}
