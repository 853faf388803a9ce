using System.Text;
using Slipway.Inference.Service.Json;
using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.V2;

/// <summary>
/// The request parameters that this server knows: <c>timeout</c> (µs) and <c>priority</c> as Triton has them, <c>sequence_id</c>, <c>sequence_start</c>, <c>sequence_end</c>, <c>binary_data_output</c>, and <c>event_time</c> (ISO 8601,
/// ours). Others are passed over.
/// </summary>
internal readonly record struct V2Parameters(
    TimeSpan? TimeLimit,
    ulong Priority,
    string? EventTime,
    bool IsBinaryWanted,
    SequenceParameters Sequence
)
{
    // Beyond a day, the service's limit is the shorter one anyway.
    private const ulong MaxMicroseconds = 86_400_000_000;

    /// <summary>A <c>timeout</c>: 0 asks for no limit of its own.</summary>
    public static TimeSpan? ToTimeLimit(ulong microseconds) =>
        microseconds == 0 ? null : TimeSpan.FromMicroseconds(Math.Min(microseconds, MaxMicroseconds));

    public static V2Parameters Read(ref JsonCursor cursor)
    {
        var parameters = default(V2Parameters);
        V2RequestReader.Require(ref cursor, JsonKind.Object, "Unable to parse 'parameters': an object is expected");
        cursor.BeginObject();
        while (cursor.NextMember(out var name))
        {
            if (name.SequenceEqual("timeout"u8))
            {
                parameters = parameters with
                {
                    TimeLimit = ToTimeLimit(ReadInteger(ref cursor, "'timeout' must be a whole number of microseconds")),
                };
            }
            else if (name.SequenceEqual("priority"u8))
            {
                parameters = parameters with { Priority = ReadInteger(ref cursor, "'priority' must be a whole number") };
            }
            else if (name.SequenceEqual("sequence_id"u8))
            {
                parameters = parameters with { Sequence = parameters.Sequence with { Id = ReadSequenceId(ref cursor) } };
            }
            else if (name.SequenceEqual("sequence_start"u8))
            {
                parameters = parameters with { Sequence = parameters.Sequence with { Starts = ReadBoolean(ref cursor, "sequence_start") } };
            }
            else if (name.SequenceEqual("sequence_end"u8))
            {
                parameters = parameters with { Sequence = parameters.Sequence with { Ends = ReadBoolean(ref cursor, "sequence_end") } };
            }
            else if (name.SequenceEqual("binary_data_output"u8))
            {
                parameters = parameters with { IsBinaryWanted = ReadBoolean(ref cursor, "binary_data_output") };
            }
            else if (name.SequenceEqual("event_time"u8))
            {
                V2RequestReader.Require(
                    ref cursor,
                    JsonKind.String,
                    "parameter 'event_time' must be a string, such as 2011-07-01T13:00:00Z"
                );
                parameters = parameters with { EventTime = Encoding.UTF8.GetString(cursor.ReadString()) };
            }
            else
            {
                cursor.Skip();
            }
        }
        return parameters;
    }

    private static bool ReadBoolean(ref JsonCursor cursor, string name)
    {
        V2RequestReader.Require(ref cursor, JsonKind.Boolean, $"parameter '{name}' must be a boolean");
        return cursor.ReadBoolean();
    }

    private static string ReadSequenceId(ref JsonCursor cursor) =>
        cursor.Peek() == JsonKind.String
            ? Encoding.UTF8.GetString(cursor.ReadString())
            : SequenceParameters.IdOf(ReadInteger(ref cursor, "'sequence_id' must be a string or a whole number"));

    private static ulong ReadInteger(ref JsonCursor cursor, string otherwise)
    {
        V2RequestReader.Require(ref cursor, JsonKind.Number, $"parameter {otherwise}");
        return cursor.ReadNumber().TryToInteger(out var value, out var isNegative) && !isNegative
            ? value
            : throw RequestRefusedException.BadRequest($"parameter {otherwise}, not negative");
    }
}
