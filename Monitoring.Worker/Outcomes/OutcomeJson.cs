using System.Text.Json;
using Slipway.Contracts.Monitoring;

namespace Slipway.Monitoring.Worker.Outcomes;

/// <summary>Reads <see cref="OutcomeBatch"/> from JSON and names index and field of what is wrong. Unknown members are ignored.</summary>
internal static class OutcomeJson
{
    public static OutcomeParse Parse(ReadOnlyMemory<byte> body)
    {
        var parse = new OutcomeParse();
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            if (
                root.ValueKind != JsonValueKind.Object
                || !root.TryGetProperty("outcomes", out var outcomes)
                || outcomes.ValueKind != JsonValueKind.Array
            )
            {
                parse.Fail("The body must be an object with an array 'outcomes'.");
                return parse;
            }
            var index = 0;
            foreach (var item in outcomes.EnumerateArray())
            {
                if (parse.IsOver)
                {
                    break;
                }
                Add(parse, item, index++);
            }
        }
        catch (JsonException e)
        {
            parse.Fail($"The body is not JSON: {e.Message}");
        }
        catch (InvalidOperationException)
        {
            // What JsonDocument throws for a text that is not UTF-8, or half of a surrogate pair, when it is read.
            parse.Fail("The body holds a text that is not valid UTF-8.");
        }
        return parse;
    }

    private static void Add(OutcomeParse parse, JsonElement item, int index)
    {
        if (item.ValueKind != JsonValueKind.Object)
        {
            parse.Fail($"outcomes[{index}]: must be an object.");
            return;
        }
        string? wrong = null;
        var outcome = new Outcome
        {
            PredictionId = Text(item, "predictionId", ref wrong) ?? "",
            Value = Number(item, ref wrong),
            Label = Text(item, "label", ref wrong),
            ObservedAt = Time(item, ref wrong),
        };
        if (wrong is not null)
        {
            parse.Fail($"outcomes[{index}].{wrong}");
        }
        else if (OutcomeRule.Find(outcome) is var (field, error))
        {
            parse.Fail($"outcomes[{index}].{field}: {error}");
        }
        else
        {
            parse.Add(outcome);
        }
    }

    private static string? Text(JsonElement item, string name, ref string? wrong)
    {
        if (!item.TryGetProperty(name, out var member) || member.ValueKind == JsonValueKind.Null)
        {
            return null;
        }
        if (member.ValueKind == JsonValueKind.String)
        {
            return member.GetString();
        }
        wrong ??= $"{name}: must be a text.";
        return null;
    }

    private static double? Number(JsonElement item, ref string? wrong)
    {
        if (!item.TryGetProperty("value", out var member) || member.ValueKind == JsonValueKind.Null)
        {
            return null;
        }
        if (member.ValueKind == JsonValueKind.Number && member.TryGetDouble(out var number))
        {
            return number;
        }
        wrong ??= "value: must be a number.";
        return null;
    }

    private static DateTimeOffset? Time(JsonElement item, ref string? wrong)
    {
        if (!item.TryGetProperty("observedAt", out var member) || member.ValueKind == JsonValueKind.Null)
        {
            return null;
        }
        if (member.ValueKind == JsonValueKind.String && member.TryGetDateTimeOffset(out var time))
        {
            return time;
        }
        wrong ??= "observedAt: must be an ISO 8601 time.";
        return null;
    }
}
