using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Slipway.Contracts.Messages;

namespace Slipway.Inference.Service.PredictionLog;

/// <summary>
/// Reads the records of <see cref="RecordEncoder"/> back. Names repeat in every record and are shared, in a table of bounded size. Not for use by several
/// threads at once.
/// </summary>
internal sealed class RecordDecoder
{
    private const int MaxSharedTexts = 4096;
    private readonly Dictionary<string, string> _shared = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> _sharedBySpan;

    public RecordDecoder() => _sharedBySpan = _shared.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Reads one payload; throws <see cref="InvalidDataException"/> for one that this version did not write.</summary>
    public PredictionRecord Decode(ReadOnlySpan<byte> payload)
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

    private PredictionRecord Read(ReadOnlySpan<byte> rest)
    {
        var format = rest[0];
        if (format != RecordEncoder.FormatVersion)
        {
            throw new InvalidDataException($"The record has format {format}; this version reads {RecordEncoder.FormatVersion}.");
        }
        rest = rest[1..];
        var id = Encoding.UTF8.GetString(TakeBytes(ref rest));
        var endpoint = TakeShared(ref rest);
        var model = TakeShared(ref rest);
        var version = TakeCount(ref rest);
        var at = new DateTimeOffset(TakeInt64(ref rest), TimeSpan.Zero);
        var latency = BitConverter.Int64BitsToDouble(TakeInt64(ref rest));
        var trace = Encoding.UTF8.GetString(TakeBytes(ref rest));
        var numbers = TakeNumbers(ref rest);
        var categories = TakeCategories(ref rest);
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

    private Dictionary<string, double?> TakeNumbers(ref ReadOnlySpan<byte> rest)
    {
        var count = TakeCount(ref rest);
        var numbers = new Dictionary<string, double?>(Math.Min(count, rest.Length), StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            numbers[TakeShared(ref rest)] = TakeNumber(ref rest);
        }
        return numbers;
    }

    private Dictionary<string, string?> TakeCategories(ref ReadOnlySpan<byte> rest)
    {
        var count = TakeCount(ref rest);
        var categories = new Dictionary<string, string?>(Math.Min(count, rest.Length), StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            var name = TakeShared(ref rest);
            var text = TakeShared(ref rest);
            categories[name] = text.Length == 0 ? null : text;
        }
        return categories;
    }

    private string? TakeLabel(ref ReadOnlySpan<byte> rest, ref double? value)
    {
        var kind = (LabelKind)rest[0];
        rest = rest[1..];
        if (kind == LabelKind.Text)
        {
            return TakeShared(ref rest);
        }
        if (kind == LabelKind.None)
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
        var kind = (NumberKind)rest[0];
        rest = rest[1..];
        switch (kind)
        {
            case NumberKind.Single:
                var single = BinaryPrimitives.ReadSingleLittleEndian(rest);
                rest = rest[sizeof(float)..];
                return AsWritten(single);
            case NumberKind.Double:
                return BitConverter.Int64BitsToDouble(TakeInt64(ref rest));
            case NumberKind.None:
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
        if (bytes.Length > RecordEncoder.MaxTextBytes)
        {
            return Encoding.UTF8.GetString(bytes);
        }
        Span<char> chars = stackalloc char[RecordEncoder.MaxTextBytes];
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

    private static long TakeInt64(ref ReadOnlySpan<byte> rest)
    {
        var value = BinaryPrimitives.ReadInt64LittleEndian(rest);
        rest = rest[sizeof(long)..];
        return value;
    }
}
