using System.Text;

namespace Slipway.EndToEnd.Tests.Telemetry;

/// <summary>The fields of one protobuf message by their numbers: enough of the wire format to look into an export request.</summary>
internal sealed class ProtobufFields
{
    private readonly ILookup<int, ReadOnlyMemory<byte>> _lengthDelimited;

    public ProtobufFields(ReadOnlyMemory<byte> message) =>
        _lengthDelimited = Read(message).ToLookup(field => field.Number, field => field.Value);

    /// <summary>The nested messages of a repeated field.</summary>
    public IEnumerable<ProtobufFields> Messages(int number) => _lengthDelimited[number].Select(value => new ProtobufFields(value));

    /// <summary>A text; empty when the field is absent.</summary>
    public string Text(int number) => Encoding.UTF8.GetString(_lengthDelimited[number].LastOrDefault().Span);

    /// <summary>Bytes in hexadecimal digits; empty when the field is absent.</summary>
    public string Hex(int number) => Convert.ToHexStringLower(_lengthDelimited[number].LastOrDefault().Span);

    private static IEnumerable<(int Number, ReadOnlyMemory<byte> Value)> Read(ReadOnlyMemory<byte> rest)
    {
        while (rest.Length > 0)
        {
            var tag = ReadVarint(ref rest);
            var length = (tag & 7) switch
            {
                0 => SkipVarint(ref rest),
                1 => 8,
                2 => (int)ReadVarint(ref rest),
                5 => 4,
                var wireType => throw new InvalidDataException($"Wire type {wireType} does not occur in OTLP."),
            };
            if ((tag & 7) == 2)
            {
                yield return ((int)(tag >> 3), rest[..length]);
            }
            rest = rest[length..];
        }
    }

    private static int SkipVarint(ref ReadOnlyMemory<byte> rest)
    {
        ReadVarint(ref rest);
        return 0;
    }

    private static ulong ReadVarint(ref ReadOnlyMemory<byte> rest)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = rest.Span[0];
            rest = rest[1..];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
