using System.Text;
using Slipway.Inference.Service.Json;
using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.V2;

/// <summary>The request parameters that this server knows: <c>timeout</c> (µs, as Triton has it) and <c>event_time</c> (ISO 8601, ours).</summary>
internal readonly record struct V2Parameters(TimeSpan? TimeLimit, string? EventTime)
{
    public static V2Parameters Read(ref JsonCursor cursor)
    {
        var parameters = default(V2Parameters);
        V2RequestReader.Require(ref cursor, JsonKind.Object, "Unable to parse 'parameters': an object is expected");
        cursor.BeginObject();
        while (cursor.NextMember(out var name))
        {
            if (name.SequenceEqual("timeout"u8))
            {
                parameters = parameters with { TimeLimit = ReadTimeout(ref cursor) };
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

    private static TimeSpan? ReadTimeout(ref JsonCursor cursor)
    {
        V2RequestReader.Require(ref cursor, JsonKind.Number, "parameter 'timeout' must be a whole number of microseconds");
        if (!cursor.ReadNumber().TryToInteger(out var microseconds, out var isNegative) || isNegative)
        {
            throw RequestRefusedException.BadRequest("parameter 'timeout' must be a whole number of microseconds, not negative");
        }
        // 0 asks for no limit of its own; beyond a day, the service's limit is the shorter one anyway.
        return microseconds == 0 ? null : TimeSpan.FromMicroseconds(Math.Min(microseconds, 86_400_000_000UL));
    }
}
