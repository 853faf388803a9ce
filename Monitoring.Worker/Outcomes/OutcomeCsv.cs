using System.Globalization;
using System.Text.Unicode;
using CsvHelper;
using Slipway.Contracts.Monitoring;

namespace Slipway.Monitoring.Worker.Outcomes;

/// <summary>Reads outcomes from CSV (RFC 4180, UTF-8) and names line and field of what is wrong. The header is <c>predictionId,value[,label][,observedAt]</c>, in any order.</summary>
internal static class OutcomeCsv
{
    private static readonly string[] s_columns = ["predictionId", "value", "label", "observedAt"];

    public static OutcomeParse Parse(ReadOnlyMemory<byte> body)
    {
        var parse = new OutcomeParse();
        if (!Utf8.IsValid(body.Span))
        {
            parse.Fail("The body is not UTF-8.");
            return parse;
        }
        var options = new CsvReaderOptions
        {
            Separator = ',',
            TrackLineNumbers = true,
            OnMalformedRecord = record => parse.Fail($"line {record.LineNumber}: {Reason(record.Reason)}."),
        };
        try
        {
            using var csv = CsvReader.Create(body, options);
            Read(csv, parse);
        }
        catch (CsvFormatException e)
        {
            parse.Fail($"line {e.LineNumber}: {e.Message}");
        }
        return parse;
    }

    private static string Reason(CsvMalformedReason reason) =>
        reason switch
        {
            CsvMalformedReason.UnterminatedQuote => "a quotation mark is opened and never closed",
            CsvMalformedReason.TextAfterClosingQuote => "text follows a closing quotation mark",
            _ => "a quotation mark stands inside an unquoted field",
        };

    private static void Read(CsvReader csv, OutcomeParse parse)
    {
        var any = csv.Read();
        string[] header = [.. csv.Headers];
        if (header.Length == 0)
        {
            parse.Fail("line 1: the header is missing; it names predictionId and value, label or both.");
            return;
        }
        var columns = s_columns.ToDictionary(c => c, c => Array.IndexOf(header, c), StringComparer.Ordinal);
        if (FindInHeader(header, columns) is { } wrong)
        {
            parse.Fail($"line 1: {wrong}");
            return;
        }
        for (; any && !parse.IsOver; any = csv.Read())
        {
            if (csv.FieldCount == header.Length)
            {
                Add(parse, csv, columns);
            }
            else
            {
                parse.Fail($"line {csv.LineNumber}: {csv.FieldCount} fields where the header has {header.Length}.");
            }
        }
    }

    private static string? FindInHeader(string[] header, Dictionary<string, int> columns) =>
        header.FirstOrDefault(h => !columns.ContainsKey(h)) is { } unknown
            ? $"unknown column '{Shortened(unknown)}'; known are {string.Join(", ", s_columns)}."
        : header.Distinct(StringComparer.Ordinal).Count() < header.Length ? "a column is named twice."
        : columns["predictionId"] < 0 ? "the column predictionId is missing."
        : columns["value"] < 0 && columns["label"] < 0 ? "one of the columns value and label must be there."
        : null;

    private static void Add(OutcomeParse parse, CsvReader csv, Dictionary<string, int> columns)
    {
        var line = csv.LineNumber;
        double? value = null;
        if (Field("value") is { } number)
        {
            if (!double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var parsed))
            {
                parse.Fail($"line {line}, value: '{Shortened(number)}' is not a number.");
                return;
            }
            value = parsed;
        }
        DateTimeOffset? observedAt = null;
        if (Field("observedAt") is { } time)
        {
            const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
            if (!DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, Utc, out var parsed))
            {
                parse.Fail($"line {line}, observedAt: '{Shortened(time)}' is not an ISO 8601 time.");
                return;
            }
            observedAt = parsed;
        }
        var outcome = new Outcome
        {
            PredictionId = Field("predictionId") ?? "",
            Value = value,
            Label = Field("label"),
            ObservedAt = observedAt,
        };
        if (OutcomeRule.Find(outcome) is var (field, error))
        {
            parse.Fail($"line {line}, {field}: {error}");
            return;
        }
        parse.Add(outcome);

        string? Field(string name) => columns[name] is var i and >= 0 && csv.GetString(i) is { Length: > 0 } text ? text : null;
    }

    private static string Shortened(string text) => text.Length <= 40 ? text : $"{text[..40]}…";
}
