using System.Text.Json;
using Slipway.Inference.Engine.Models;

namespace Slipway.Inference.Engine.Vetting;

/// <summary>Tells the forms of an input example apart and yields the values by input name.</summary>
internal static class ExampleColumns
{
    public static Dictionary<string, ExampleValues> Find(JsonElement root, ModelSignature signature)
    {
        if (root.ValueKind == JsonValueKind.Array)
        {
            return FromRows(root, signature);
        }

        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new InvalidDataException("it is neither an object nor an array");
        }

        if (root.TryGetProperty("dataframe_split", out var split))
        {
            return FromSplit(split, signature);
        }

        if (root.TryGetProperty("columns", out _) && root.TryGetProperty("data", out _))
        {
            return FromSplit(root, signature);
        }

        if (root.TryGetProperty("dataframe_records", out var rows) || root.TryGetProperty("instances", out rows))
        {
            return FromRows(rows, signature);
        }

        if (root.TryGetProperty("inputs", out var inputs))
        {
            return IsProtocolRequest(inputs) ? FromProtocolRequest(inputs)
                : inputs.ValueKind == JsonValueKind.Object ? FromNamed(inputs)
                : FromRows(inputs, signature);
        }

        return FromNamed(root);
    }

    private static bool IsProtocolRequest(JsonElement inputs) =>
        inputs.ValueKind == JsonValueKind.Array
        && inputs.GetArrayLength() > 0
        && inputs[0].ValueKind == JsonValueKind.Object
        && inputs[0].TryGetProperty("data", out _)
        && inputs[0].TryGetProperty("name", out _);

    private static Dictionary<string, ExampleValues> FromProtocolRequest(JsonElement inputs)
    {
        var columns = new Dictionary<string, ExampleValues>(StringComparer.Ordinal);
        foreach (var input in inputs.EnumerateArray())
        {
            if (
                input.ValueKind != JsonValueKind.Object
                || !input.TryGetProperty("name", out var name)
                || name.ValueKind != JsonValueKind.String
                || !input.TryGetProperty("data", out var data)
            )
            {
                throw new InvalidDataException("an input has no name or no data");
            }

            var values = ExampleValues.Flatten(data);
            if (input.TryGetProperty("shape", out var shape) && shape.ValueKind == JsonValueKind.Array)
            {
                long[] dimensions = [.. shape.EnumerateArray().Select(ReadDimension)];
                values = values with { Shape = dimensions };
            }

            columns[name.GetString()!] = values;
        }

        return columns;
    }

    private static long ReadDimension(JsonElement element) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out var dimension)
            ? dimension
            : throw new InvalidDataException("a dimension is not a whole number");

    private static Dictionary<string, ExampleValues> FromNamed(JsonElement named)
    {
        var columns = new Dictionary<string, ExampleValues>(StringComparer.Ordinal);
        foreach (var property in named.EnumerateObject())
        {
            columns[property.Name] = ExampleValues.Flatten(property.Value);
        }

        return columns;
    }

    private static Dictionary<string, ExampleValues> FromRows(JsonElement rows, ModelSignature signature)
    {
        if (rows.ValueKind != JsonValueKind.Array || rows.GetArrayLength() == 0)
        {
            throw new InvalidDataException("it has no rows");
        }

        if (rows[0].ValueKind != JsonValueKind.Object)
        {
            return signature.Inputs.Count == 1
                ? new(StringComparer.Ordinal) { [signature.Inputs[0].Name] = ExampleValues.Flatten(rows) }
                : throw new InvalidDataException($"its rows have no names, but the model has {signature.Inputs.Count} inputs");
        }

        string[] names = [.. rows[0].EnumerateObject().Select(property => property.Name)];
        var cells = new List<JsonElement>[names.Length];
        for (var column = 0; column < names.Length; column++)
        {
            cells[column] = [];
            foreach (var row in rows.EnumerateArray())
            {
                cells[column]
                    .Add(
                        row.ValueKind == JsonValueKind.Object && row.TryGetProperty(names[column], out var cell)
                            ? cell
                            : throw new InvalidDataException($"a row has no '{names[column]}'")
                    );
            }
        }

        return FromColumns(names, cells, signature);
    }

    private static Dictionary<string, ExampleValues> FromSplit(JsonElement split, ModelSignature signature)
    {
        if (
            split.ValueKind != JsonValueKind.Object
            || !split.TryGetProperty("data", out var data)
            || data.ValueKind != JsonValueKind.Array
            || data.GetArrayLength() == 0
        )
        {
            throw new InvalidDataException("its 'data' is not an array of rows");
        }

        if (!split.TryGetProperty("columns", out var columns) || columns.ValueKind != JsonValueKind.Array)
        {
            return FromRows(data, signature);
        }

        string[] names = [.. columns.EnumerateArray().Select(column => column.ToString())];
        var cells = new List<JsonElement>[names.Length];
        for (var column = 0; column < names.Length; column++)
        {
            cells[column] = [];
        }

        foreach (var row in data.EnumerateArray())
        {
            if (row.ValueKind != JsonValueKind.Array || row.GetArrayLength() != names.Length)
            {
                throw new InvalidDataException($"a row does not have {names.Length} values");
            }

            for (var column = 0; column < names.Length; column++)
            {
                cells[column].Add(row[column]);
            }
        }

        return FromColumns(names, cells, signature);
    }

    // A model with one matrix takes the columns side by side; any other takes each by its name.
    private static Dictionary<string, ExampleValues> FromColumns(string[] names, List<JsonElement>[] cells, ModelSignature signature)
    {
        var columns = new Dictionary<string, ExampleValues>(StringComparer.Ordinal);
        if (
            signature.Inputs.Count == 1
            && signature.Inputs[0].Shape.Count == 2
            && !names.Contains(signature.Inputs[0].Name, StringComparer.Ordinal)
        )
        {
            var rows = cells[0].Count;
            var matrix = new List<JsonElement>(rows * names.Length);
            for (var row = 0; row < rows; row++)
            {
                matrix.AddRange(cells.Select(column => column[row]));
            }

            columns[signature.Inputs[0].Name] = new ExampleValues([rows, names.Length], matrix);
            return columns;
        }

        for (var column = 0; column < names.Length; column++)
        {
            columns[names[column]] =
                cells[column][0].ValueKind == JsonValueKind.Array
                    ? Stack(cells[column])
                    : new ExampleValues([cells[column].Count], cells[column]);
        }

        return columns;
    }

    private static ExampleValues Stack(List<JsonElement> cells)
    {
        ExampleValues[] rows = [.. cells.Select(ExampleValues.Flatten)];
        return rows.All(row => row.Shape.SequenceEqual(rows[0].Shape))
            ? new ExampleValues([rows.Length, .. rows[0].Shape], [.. rows.SelectMany(row => row.Scalars)])
            : throw new InvalidDataException("its rows are not of one shape");
    }
}
