using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Slipway.Contracts.Messages;

/// <summary>
/// Turns packed records (<see cref="PackedRecords"/>) into objects. Names repeat in every record and are shared, in a table of bounded size. Not for use by several
/// threads at once.
/// </summary>
public sealed class PackedRecordReader
{
    private const int MaxSharedTexts = 4096;
    private readonly Dictionary<string, string> _shared = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> _sharedBySpan;
    private readonly Dictionary<int, PackedLayout> _layouts = [];

    /// <summary>Creates a reader that has seen no names yet.</summary>
    public PackedRecordReader() => _sharedBySpan = _shared.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Reads one payload; null for a layout, which is remembered. Throws <see cref="InvalidDataException"/> for one that this version did not write.</summary>
    public PredictionRecord? Decode(ReadOnlySpan<byte> payload)
    {
        try
        {
            return Read(payload);
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            throw new InvalidDataException("The record ends too early.", e);
        }
    }

    /// <summary>The trace context of a payload's request alone, without making a record of it; null where it has none. Throws as <see cref="Decode"/>.</summary>
    public static string? ReadTraceParent(ReadOnlySpan<byte> payload)
    {
        try
        {
            var rest = payload[1..];
            switch (payload[0])
            {
                case PackedRecords.SelfContained:
                    TakeBytes(ref rest);
                    TakeBytes(ref rest);
                    TakeBytes(ref rest);
                    TakeCount(ref rest);
                    break;
                case PackedRecords.WithLayout:
                    TakeCount(ref rest);
                    TakeBytes(ref rest);
                    break;
                default:
                    return null;
            }
            rest = rest[(2 * sizeof(long))..];
            var trace = TakeBytes(ref rest);
            return trace.IsEmpty ? null : Encoding.UTF8.GetString(trace);
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            throw new InvalidDataException("The record ends too early.", e);
        }
    }

    /// <summary>The number of the layout that a payload is, or that it needs; null for a record that needs none. Throws as <see cref="Decode"/>.</summary>
    public static int? ReadLayoutNumber(ReadOnlySpan<byte> payload)
    {
        try
        {
            var rest = payload[1..];
            return payload[0] is PackedRecords.Layout or PackedRecords.WithLayout ? TakeCount(ref rest) : null;
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            throw new InvalidDataException("The record ends too early.", e);
        }
    }

    private PredictionRecord? Read(ReadOnlySpan<byte> rest)
    {
        var kind = rest[0];
        rest = rest[1..];
        switch (kind)
        {
            case PackedRecords.SelfContained:
                return ReadSelfContained(rest);
            case PackedRecords.WithLayout:
                return _layouts.TryGetValue(TakeCount(ref rest), out var layout)
                    ? ReadWithLayout(layout, rest)
                    : throw new InvalidDataException("The record's layout did not come before it.");
            case PackedRecords.Layout:
                var number = TakeCount(ref rest);
                _layouts[number] = new PackedLayout(
                    TakeShared(ref rest),
                    TakeShared(ref rest),
                    TakeCount(ref rest),
                    TakeNames(ref rest),
                    TakeNames(ref rest)
                );
                return null;
            default:
                throw new InvalidDataException($"The record is of kind {kind}, which this version does not know.");
        }
    }

    private PredictionRecord ReadSelfContained(ReadOnlySpan<byte> rest)
    {
        var id = Encoding.UTF8.GetString(TakeBytes(ref rest));
        var endpoint = TakeShared(ref rest);
        var model = TakeShared(ref rest);
        var version = TakeCount(ref rest);
        return ReadRest(id, endpoint, model, version, null, rest);
    }

    private PredictionRecord ReadWithLayout(PackedLayout layout, ReadOnlySpan<byte> rest)
    {
        var id = Encoding.UTF8.GetString(TakeBytes(ref rest));
        return ReadRest(id, layout.Endpoint, layout.Model, layout.Version, layout, rest);
    }

    private PredictionRecord ReadRest(string id, string endpoint, string model, int version, PackedLayout? layout, ReadOnlySpan<byte> rest)
    {
        var at = new DateTimeOffset(TakeInt64(ref rest), TimeSpan.Zero);
        var latency = BitConverter.Int64BitsToDouble(TakeInt64(ref rest));
        var trace = Encoding.UTF8.GetString(TakeBytes(ref rest));
        var numbers = TakeNumbers(layout?.Numbers, ref rest);
        var categories = TakeCategories(layout?.Categories, ref rest);
        var value = TakeNumber(ref rest);
        var label = TakeLabel(ref rest, ref value);
        return new PredictionRecord
        {
            PredictionId = id,
            Endpoint = endpoint,
            Model = model,
            Version = version,
            At = at,
            LatencyMs = latency,
            Numbers = numbers,
            Categories = categories,
            Value = value,
            Label = label,
            Scores = TakeScores(ref rest),
            TraceParent = trace.Length == 0 ? null : trace,
        };
    }

    private string[] TakeNames(ref ReadOnlySpan<byte> rest)
    {
        // Each name has a byte at least: a count beyond that is damage, and must not become memory.
        var count = TakeCount(ref rest);
        var names = count <= rest.Length ? new string[count] : throw new InvalidDataException("The layout ends too early.");
        for (var i = 0; i < count; i++)
        {
            names[i] = TakeShared(ref rest);
        }
        return names;
    }

    private Dictionary<string, double?> TakeNumbers(string[]? names, ref ReadOnlySpan<byte> rest)
    {
        var count = names?.Length ?? TakeCount(ref rest);
        var numbers = new Dictionary<string, double?>(Math.Min(count, rest.Length), StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            numbers[names is null ? TakeShared(ref rest) : names[i]] = TakeNumber(ref rest);
        }
        return numbers;
    }

    private Dictionary<string, string?> TakeCategories(string[]? names, ref ReadOnlySpan<byte> rest)
    {
        var count = names?.Length ?? TakeCount(ref rest);
        var categories = new Dictionary<string, string?>(Math.Min(count, rest.Length), StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            var name = names is null ? TakeShared(ref rest) : names[i];
            var text = TakeShared(ref rest);
            categories[name] = text.Length == 0 ? null : text;
        }
        return categories;
    }

    private string? TakeLabel(ref ReadOnlySpan<byte> rest, ref double? value)
    {
        var kind = (PackedLabelKind)rest[0];
        rest = rest[1..];
        if (kind == PackedLabelKind.Text)
        {
            return TakeShared(ref rest);
        }
        if (kind == PackedLabelKind.None)
        {
            return null;
        }
        var number = TakeNumber(ref rest);
        value ??= number;
        return number?.ToString("R", CultureInfo.InvariantCulture);
    }

    private static List<double>? TakeScores(ref ReadOnlySpan<byte> rest)
    {
        var count = TakeCount(ref rest);
        if (count == 0)
        {
            return null;
        }
        var scores = new List<double>(Math.Min(count, rest.Length));
        var complete = true;
        for (var i = 0; i < count; i++)
        {
            var score = TakeNumber(ref rest);
            complete &= score is not null;
            scores.Add(score ?? 0);
        }
        return complete ? scores : null;
    }

    private static double? TakeNumber(ref ReadOnlySpan<byte> rest)
    {
        var kind = (PackedNumberKind)rest[0];
        rest = rest[1..];
        switch (kind)
        {
            case PackedNumberKind.Single:
                var single = BinaryPrimitives.ReadSingleLittleEndian(rest);
                rest = rest[sizeof(float)..];
                return AsWritten(single);
            case PackedNumberKind.Double:
                return BitConverter.Int64BitsToDouble(TakeInt64(ref rest));
            case PackedNumberKind.Integer:
                return TakeInteger(ref rest);
            case PackedNumberKind.None:
                return null;
            default:
                throw new InvalidDataException($"The record holds a number of unknown kind {(byte)kind}.");
        }
    }

    // 0.3 sent as a single is 0.30000001192… as a double. The shortest decimal of the single is what the caller wrote: bins with an edge at 0.3 must see 0.3.
    private static double AsWritten(float single)
    {
        Span<byte> text = stackalloc byte[32];
        return single.TryFormat(text, out var length, "R", CultureInfo.InvariantCulture)
            ? double.Parse(text[..length], NumberStyles.Float, CultureInfo.InvariantCulture)
            : single;
    }

    private string TakeShared(ref ReadOnlySpan<byte> rest)
    {
        var bytes = TakeBytes(ref rest);
        if (bytes.Length > PackedRecords.MaxTextBytes)
        {
            return Encoding.UTF8.GetString(bytes);
        }
        Span<char> chars = stackalloc char[PackedRecords.MaxTextBytes];
        chars = chars[..Encoding.UTF8.GetChars(bytes, chars)];
        // PostgreSQL has no NUL in a text: monitoring would refuse the whole record for it.
        chars.Replace('\0', '\uFFFD');
        if (_sharedBySpan.TryGetValue(chars, out var known))
        {
            return known;
        }
        var text = chars.ToString();
        if (_shared.Count >= MaxSharedTexts)
        {
            _shared.Clear();
        }
        _shared.Add(text, text);
        return text;
    }

    private static ReadOnlySpan<byte> TakeBytes(ref ReadOnlySpan<byte> rest)
    {
        var length = TakeCount(ref rest);
        var bytes = rest[..length];
        rest = rest[length..];
        return bytes;
    }

    private static int TakeCount(ref ReadOnlySpan<byte> rest)
    {
        uint value = 0;
        for (var shift = 0; shift < 35; shift += 7)
        {
            var b = rest[0];
            rest = rest[1..];
            value |= (uint)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return value <= int.MaxValue ? (int)value : throw new InvalidDataException("The record holds a length beyond 2 GiB.");
            }
        }
        throw new InvalidDataException("The record holds a length of more than five bytes.");
    }

    private static long TakeInteger(ref ReadOnlySpan<byte> rest)
    {
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var b = rest[0];
            rest = rest[1..];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return (long)(value >> 1) ^ -(long)(value & 1);
            }
        }
        throw new InvalidDataException("The record holds a whole number of more than ten bytes.");
    }

    private static long TakeInt64(ref ReadOnlySpan<byte> rest)
    {
        var value = BinaryPrimitives.ReadInt64LittleEndian(rest);
        rest = rest[sizeof(long)..];
        return value;
    }
}
