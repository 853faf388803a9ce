using System.Text;
using Slipway.Inference.Service.Json;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.V1;

namespace Slipway.Inference.Service.Containers;

/// <summary>
/// Reads the JSON of MLflow's scoring protocol: exactly one of <c>dataframe_split</c>, <c>dataframe_records</c>, <c>instances</c> and <c>inputs</c>, with <c>params</c>
/// beside it, which no ONNX model has a use for. Azure ML's <c>input_data</c> is the first where it is an object, and the fourth where it is a list.
/// </summary>
internal static class InvocationsReader
{
    private static readonly string[] s_forms = ["dataframe_split", "dataframe_records", "instances", "inputs", "input_data"];

    /// <summary>Reads a request; rows of a data frame are answered by rows.</summary>
    public static PredictionRequest Read(ReadOnlySpan<byte> json, ModelFacts facts, string name, int maxDepth)
    {
        var (form, value) = FindForm(json, maxDepth);
        var isObject = value.Of(json)[0] == '{';
        if (form is "instances" or "inputs" || (form == "input_data" && !isObject))
        {
            using var body = new PooledBuffer();
            body.Write(form == "instances" ? "{\"instances\":"u8 : "{\"inputs\":"u8);
            body.Write(value.Of(json));
            body.Write((byte)'}');
            return ToRequest(body, facts, name, maxDepth, isTable: false);
        }
        using var rows = new PooledBuffer();
        var frame = new DataFrame(facts, rows);
        if (form == "dataframe_records")
        {
            ReadRecords(value.Of(json), frame, maxDepth);
        }
        else
        {
            ReadSplit(value.Of(json), frame, maxDepth);
        }
        frame.End();
        return ToRequest(rows, facts, name, maxDepth, isTable: true);
    }

    /// <summary>Reads rows of the v1 protocol that were made from a table.</summary>
    public static PredictionRequest ToRequest(PooledBuffer body, ModelFacts facts, string name, int maxDepth, bool isTable)
    {
        var request = V1RequestReader.Read(body.Written.Span, facts, name, maxDepth);
        return new PredictionRequest { Inputs = request.Inputs, IsRowFormat = isTable };
    }

    private static (string Form, JsonSlice Value) FindForm(ReadOnlySpan<byte> json, int maxDepth)
    {
        var cursor = new JsonCursor(json, maxDepth);
        if (cursor.Peek() != JsonKind.Object)
        {
            throw WrongForms("Input is not a JSON object.");
        }
        (string Form, JsonSlice Value)? found = null;
        cursor.BeginObject();
        while (cursor.NextMember(out var member))
        {
            var form = Encoding.UTF8.GetString(member);
            var value = JsonSlice.Skip(ref cursor, json.Length);
            if (!s_forms.Contains(form, StringComparer.Ordinal))
            {
                continue;
            }
            if (found is not null)
            {
                throw WrongForms("More than one is given.");
            }
            found = (form, value);
        }
        cursor.End();
        return found ?? throw WrongForms("None is given.");
    }

    private static RequestRefusedException WrongForms(string problem) =>
        RequestRefusedException.BadRequest(
            $"The input must be a JSON dictionary with exactly one of the input fields {{'dataframe_split', 'dataframe_records', 'instances', 'inputs'}}. {problem}"
        );

    private static void ReadSplit(ReadOnlySpan<byte> json, DataFrame frame, int maxDepth)
    {
        JsonSlice? columns = null,
            data = null;
        var cursor = new JsonCursor(json, maxDepth);
        if (cursor.Peek() != JsonKind.Object)
        {
            throw RequestRefusedException.BadRequest("dataframe_split must be a JSON object with 'columns' and 'data'");
        }
        cursor.BeginObject();
        while (cursor.NextMember(out var member))
        {
            var isColumns = member.SequenceEqual("columns"u8);
            var isData = member.SequenceEqual("data"u8);
            var value = JsonSlice.Skip(ref cursor, json.Length);
            columns = isColumns ? value : columns;
            data = isData ? value : data;
        }
        if (data is null)
        {
            throw RequestRefusedException.BadRequest("dataframe_split has no 'data'");
        }
        ReadRows(data.Value.Of(json), columns is { } given ? ReadNames(given.Of(json), maxDepth) : null, frame, maxDepth);
    }

    private static List<string> ReadNames(ReadOnlySpan<byte> json, int maxDepth)
    {
        var names = new List<string>();
        var cursor = new JsonCursor(json, maxDepth);
        if (cursor.Peek() != JsonKind.Array)
        {
            throw RequestRefusedException.BadRequest("'columns' must be a list of names");
        }
        cursor.BeginArray();
        while (cursor.NextElement())
        {
            // pandas numbers the columns of a table that has no names.
            names.Add(Encoding.UTF8.GetString(cursor.Peek() == JsonKind.Number ? cursor.ReadNumber().Text : cursor.ReadString()));
        }
        return names;
    }

    private static void ReadRows(ReadOnlySpan<byte> json, List<string>? names, DataFrame frame, int maxDepth)
    {
        var values = new List<JsonSlice>();
        var cursor = new JsonCursor(json, maxDepth);
        if (cursor.Peek() != JsonKind.Array)
        {
            throw RequestRefusedException.BadRequest("'data' must be a list of rows");
        }
        cursor.BeginArray();
        var isFirst = true;
        while (cursor.NextElement())
        {
            values.Clear();
            if (cursor.Peek() != JsonKind.Array)
            {
                throw RequestRefusedException.BadRequest("each row of 'data' must be a list of values");
            }
            cursor.BeginArray();
            while (cursor.NextElement())
            {
                values.Add(JsonSlice.Skip(ref cursor, json.Length));
            }
            if (isFirst)
            {
                frame.SetColumns(names ?? [.. Enumerable.Range(0, values.Count).Select(i => $"{i}")]);
                isFirst = false;
            }
            frame.AddRow(json, values);
        }
    }

    private static void ReadRecords(ReadOnlySpan<byte> json, DataFrame frame, int maxDepth)
    {
        List<string>? names = null;
        var cursor = new JsonCursor(json, maxDepth);
        if (cursor.Peek() != JsonKind.Array)
        {
            throw RequestRefusedException.BadRequest("dataframe_records must be a list of records");
        }
        cursor.BeginArray();
        while (cursor.NextElement())
        {
            if (cursor.Peek() != JsonKind.Object)
            {
                throw RequestRefusedException.BadRequest("each record must be an object of column name to value");
            }
            var record = new Dictionary<string, JsonSlice>(StringComparer.Ordinal);
            cursor.BeginObject();
            while (cursor.NextMember(out var member))
            {
                record[Encoding.UTF8.GetString(member)] = JsonSlice.Skip(ref cursor, json.Length);
            }
            if (names is null)
            {
                // The first record's columns are the table's.
                names = [.. record.Keys];
                frame.SetColumns(names);
            }
            frame.AddRow(json, ValuesOf(record, names));
        }
    }

    private static List<JsonSlice> ValuesOf(Dictionary<string, JsonSlice> record, List<string> names)
    {
        if (record.Keys.Except(names, StringComparer.Ordinal).FirstOrDefault() is { } unknown)
        {
            throw RequestRefusedException.BadRequest($"column '{unknown}' is not in the first record");
        }
        return
        [
            .. names.Select(name =>
                record.TryGetValue(name, out var value)
                    ? value
                    : throw RequestRefusedException.BadRequest($"a record lacks column '{name}', which the first one has")
            ),
        ];
    }
}
