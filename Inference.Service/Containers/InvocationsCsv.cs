using System.Globalization;
using System.Text;
using CsvHelper;
using Slipway.Inference.Engine.Tensors;
using Slipway.Inference.Service.Json;
using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.Containers;

/// <summary>Reads a data frame in CSV with a header (RFC 4180, UTF-8). An empty field is a missing value; what reads as a number is one, except for inputs of text.</summary>
internal static class InvocationsCsv
{
    public static PredictionRequest Read(ReadOnlyMemory<byte> csv, ModelFacts facts, string name, int maxDepth)
    {
        using var rows = new PooledBuffer();
        try
        {
            var frame = new DataFrame(facts, rows);
            Read(csv, facts, frame);
            frame.End();
        }
        catch (CsvFormatException e)
        {
            throw RequestRefusedException.BadRequest($"line {e.LineNumber}: {e.Message}");
        }
        return InvocationsReader.ToRequest(rows, facts, name, maxDepth, isTable: true);
    }

    private static void Read(ReadOnlyMemory<byte> bytes, ModelFacts facts, DataFrame frame)
    {
        using var csv = CsvReader.Create(
            bytes,
            new CsvReaderOptions
            {
                Separator = ',',
                TrackLineNumbers = true,
                OnMalformedRecord = record =>
                    throw RequestRefusedException.BadRequest($"line {record.LineNumber}: a quotation mark is not where it can be"),
            }
        );
        var any = csv.Read();
        string[] header = [.. csv.Headers];
        if (header.Length == 0)
        {
            throw RequestRefusedException.BadRequest("line 1: the header is missing; it names the columns");
        }
        frame.SetColumns(header);
        bool[] isText = [.. header.Select(column => IsText(facts, column))];
        using var row = new PooledBuffer();
        var values = new List<JsonSlice>();
        for (; any; any = csv.Read())
        {
            if (csv.FieldCount != header.Length)
            {
                throw RequestRefusedException.BadRequest(
                    $"line {csv.LineNumber}: {csv.FieldCount} fields where the header has {header.Length}"
                );
            }
            row.Clear();
            values.Clear();
            for (var i = 0; i < header.Length; i++)
            {
                var start = row.Length;
                Write(row, csv.GetString(i) ?? "", isText[i]);
                values.Add(new JsonSlice(start, row.Length - start));
            }
            frame.AddRow(row.Written.Span, values);
        }
    }

    private static bool IsText(ModelFacts facts, string column)
    {
        var inputs = facts.Signature.Inputs;
        var index = inputs.Count == 1 ? 0 : facts.FindInput(Encoding.UTF8.GetBytes(column), 0);
        return index >= 0 && inputs[index].Type == ElementType.Bytes;
    }

    private static void Write(PooledBuffer row, string field, bool isText)
    {
        if (field.Length == 0)
        {
            row.Write("null"u8);
        }
        else if (isText)
        {
            JsonText.WriteString(row, field);
        }
        else if (long.TryParse(field, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
        {
            JsonText.WriteNumber(row, whole);
        }
        else if (double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out var real))
        {
            JsonText.WriteAscii(
                row,
                double.IsNaN(real) ? "NaN"
                    : double.IsInfinity(real) ? (real > 0 ? "Infinity" : "-Infinity")
                    : real.ToString("R", CultureInfo.InvariantCulture)
            );
        }
        else if (bool.TryParse(field, out var flag))
        {
            JsonText.WriteAscii(row, flag ? "true" : "false");
        }
        else
        {
            JsonText.WriteString(row, field);
        }
    }
}
