using System.Text;
using Slipway.Inference.Engine.Tensors;
using Slipway.Inference.Service.Json;
using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.V1;

/// <summary>
/// Reads the body of <c>:predict</c> as TensorFlow Serving defines it: <c>instances</c> (rows: values of the one input, or objects of input name to value) or
/// <c>inputs</c> (columns: the one input's tensor, or an object of input name to tensor). KServe clients send rows under <c>inputs</c> too, which a list of objects
/// there shows.
/// </summary>
internal static class V1RequestReader
{
    public static V1Request Read(ReadOnlySpan<byte> json, ModelFacts facts, string model, int maxDepth)
    {
        var signature = facts.Signature;
        var columns = new InputColumn[signature.Inputs.Count];
        for (var i = 0; i < columns.Length; i++)
        {
            columns[i] = new InputColumn(signature.Inputs[i], model);
        }
        try
        {
            var cursor = new JsonCursor(json, maxDepth);
            var isRowFormat = ReadBody(ref cursor, columns, facts, model);
            cursor.End();
            return new V1Request(ToTensors(columns, isRowFormat), isRowFormat);
        }
        catch (RequestRefusedException)
        {
            // What is no JSON, or nested too deeply, is told so first, wherever in the text that is.
            JsonCursor.Check(json, maxDepth);
            throw;
        }
        finally
        {
            foreach (var column in columns)
            {
                column.Dispose();
            }
        }
    }

    private static bool ReadBody(ref JsonCursor cursor, InputColumn[] columns, ModelFacts facts, string model)
    {
        bool? isRowFormat = null;
        if (cursor.Peek() != JsonKind.Object)
        {
            throw RequestRefusedException.BadRequest("the request must be a JSON object with 'instances' or 'inputs'");
        }
        cursor.BeginObject();
        while (cursor.NextMember(out var name))
        {
            var isInstances = name.SequenceEqual("instances"u8);
            if (!isInstances && !name.SequenceEqual("inputs"u8))
            {
                // signature_name and what other servers know: a model here has one signature.
                cursor.Skip();
                continue;
            }
            if (isRowFormat is not null)
            {
                throw RequestRefusedException.BadRequest("the request must have either 'instances' or 'inputs', and only once");
            }
            isRowFormat = isInstances || IsListOfRows(cursor, facts);
            if (isRowFormat.Value)
            {
                ReadRows(ref cursor, columns, facts, model, isInstances ? "instances" : "inputs");
            }
            else
            {
                ReadColumns(ref cursor, columns, facts, model);
            }
        }
        return isRowFormat ?? throw RequestRefusedException.BadRequest("Missing 'inputs' or 'instances' key");
    }

    private static bool IsListOfRows(JsonCursor lookAhead, ModelFacts facts)
    {
        if (lookAhead.Peek() != JsonKind.Array)
        {
            return false;
        }
        lookAhead.BeginArray();
        return lookAhead.NextElement() && lookAhead.Peek() == JsonKind.Object && !IsBytes(lookAhead, facts);
    }

    // {"b64":"…"} is a value, not a row, unless an input has that name.
    private static bool IsBytes(JsonCursor lookAhead, ModelFacts facts)
    {
        if (facts.Signature.Inputs.Count != 1 || facts.FindInput("b64"u8, 0) >= 0)
        {
            return false;
        }
        lookAhead.BeginObject();
        return lookAhead.NextMember(out var name) && name.SequenceEqual("b64"u8);
    }

    private static void ReadRows(ref JsonCursor cursor, InputColumn[] columns, ModelFacts facts, string model, string key)
    {
        if (cursor.Peek() != JsonKind.Array)
        {
            throw RequestRefusedException.BadRequest($"'{key}' must be a list");
        }
        cursor.BeginArray();
        var row = 0;
        while (cursor.NextElement())
        {
            if (cursor.Peek() == JsonKind.Object && !IsBytes(cursor, facts))
            {
                ReadObject(ref cursor, columns, facts, model, row + 1, $"{key}[{row}]: ");
            }
            else if (columns.Length == 1)
            {
                columns[0].Read(ref cursor);
            }
            else
            {
                throw RequestRefusedException.BadRequest(
                    $"{key}[{row}]: model '{model}' has {columns.Length} inputs, so each row must be an object of input name to value"
                );
            }
            row++;
        }
        if (row == 0)
        {
            throw RequestRefusedException.BadRequest($"'{key}' is empty: at least one row is needed");
        }
    }

    private static void ReadColumns(ref JsonCursor cursor, InputColumn[] columns, ModelFacts facts, string model)
    {
        if (cursor.Peek() == JsonKind.Object)
        {
            ReadObject(ref cursor, columns, facts, model, 1, "");
        }
        else if (columns.Length == 1)
        {
            columns[0].Read(ref cursor);
        }
        else
        {
            throw RequestRefusedException.BadRequest(
                $"model '{model}' has {columns.Length} inputs, so 'inputs' must be an object of input name to tensor"
            );
        }
    }

    private static void ReadObject(
        ref JsonCursor cursor,
        InputColumn[] columns,
        ModelFacts facts,
        string model,
        int rowsAfter,
        string where
    )
    {
        var guess = 0;
        var given = 0;
        cursor.BeginObject();
        while (cursor.NextMember(out var name))
        {
            var index = columns.Length == 0 ? -1 : facts.FindInput(name, guess);
            if (index < 0)
            {
                throw Located(where, InputErrors.Unexpected(Encoding.UTF8.GetString(name), model));
            }
            if (columns[index].Rows == rowsAfter)
            {
                throw RequestRefusedException.BadRequest($"{where}inference input '{facts.Signature.Inputs[index].Name}' is given twice");
            }
            columns[index].Read(ref cursor);
            given++;
            guess = index + 1 == columns.Length ? 0 : index + 1;
        }
        if (given < columns.Length)
        {
            throw Located(where, InputErrors.Missing(facts.Signature, [.. columns.Select(column => column.Rows == rowsAfter)], model));
        }
    }

    private static RequestRefusedException Located(string where, RequestRefusedException refused) =>
        where.Length == 0 ? refused : RequestRefusedException.BadRequest(where + refused.Message);

    private static Tensor[] ToTensors(InputColumn[] columns, bool isRowFormat)
    {
        var tensors = new Tensor[columns.Length];
        try
        {
            for (var i = 0; i < columns.Length; i++)
            {
                tensors[i] = columns[i].ToTensor(isRowFormat);
            }
            return tensors;
        }
        catch
        {
            foreach (var tensor in tensors)
            {
                tensor?.Dispose();
            }
            throw;
        }
    }
}
