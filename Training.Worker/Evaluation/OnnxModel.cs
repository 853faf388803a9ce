using System.Globalization;
using System.Text.Json;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tensors;
using Slipway.Training.Worker.Data;
using Slipway.Training.Worker.Export;

namespace Slipway.Training.Worker.Evaluation;

/// <summary>
/// An ONNX model run over rows of a <see cref="Table"/>, opened and run as serving does it. A model that wants columns the table lacks, or gives
/// outputs of another kind, is an expected outcome: an incumbent may be older than the data.
/// </summary>
internal sealed class OnnxModel : IDisposable
{
    private const int BatchRows = 4_096;
    private readonly ModelSession _session;

    private OnnxModel(ModelSession session)
    {
        _session = session;
        Classes = session.Properties.TryGetValue(OnnxExporter.ClassesKey, out var json) ? ReadClasses(json) : null;
    }

    /// <summary>The labels in the order of the probabilities, where the model says them.</summary>
    public IReadOnlyList<string>? Classes { get; }

    public IEnumerable<string> Inputs => _session.Signature.Inputs.Select(input => input.Name);

    public static Result<OnnxModel> Open(string path)
    {
        try
        {
            return new OnnxModel(ModelSession.Load(path, new ModelSessionOptions()));
        }
        catch (ModelLoadException exception)
        {
            return new BadInput("model_not_loadable", $"The model cannot be loaded: {exception.Message}");
        }
    }

    /// <summary>The named output for the rows, row by row; its width is the values a row.</summary>
    public Result<float[]> Run(Table table, ReadOnlySpan<int> rows, string output, CancellationToken cancellationToken)
    {
        var position = _session.Signature.Outputs.ToList().FindIndex(o => o.Name == output && o.Type == ElementType.Fp32);
        if (position < 0)
        {
            return new BadInput("model_output_missing", $"The model has no FLOAT output '{output}'.");
        }
        var columns = new List<(ModelTensor Input, Column Column)>();
        foreach (var input in _session.Signature.Inputs)
        {
            if (table.Find(input.Name) is not { } column)
            {
                return new BadInput("model_input_missing", $"The model reads the column '{input.Name}', which the dataset does not have.");
            }
            if (!IsColumn(input))
            {
                return new BadInput(
                    "model_input_unsupported",
                    $"The model's input '{input.Name}' is not one FLOAT, DOUBLE, INT64 or STRING value a row."
                );
            }
            columns.Add((input, column));
        }
        var result = new List<float>(rows.Length);
        for (var begin = 0; begin < rows.Length; begin += BatchRows)
        {
            var batch = rows.Slice(begin, Math.Min(BatchRows, rows.Length - begin));
            if (RunBatch(columns, batch, position, result, cancellationToken) is { } error)
            {
                return error;
            }
        }
        return result.ToArray();
    }

    public void Dispose() => _session.Dispose();

    private BadInput? RunBatch(
        List<(ModelTensor Input, Column Column)> columns,
        ReadOnlySpan<int> rows,
        int output,
        List<float> result,
        CancellationToken cancellationToken
    )
    {
        var feed = new List<Tensor>(columns.Count);
        try
        {
            foreach (var (input, column) in columns)
            {
                feed.Add(Value(input, column, rows));
            }
            using var run = _session.Run(feed, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            if (run.Status != InferenceStatus.Ok)
            {
                return new BadInput("model_failed", $"The model fails on the rows: {run.Error}");
            }
            var values = run.Outputs[output].AsSpan<float>();
            if (values.Length % rows.Length != 0)
            {
                var name = run.Outputs[output].Name;
                return new BadInput("model_output_shape", $"The model's output '{name}' has not the same number of values for each row.");
            }
            result.AddRange(values);
            return null;
        }
        finally
        {
            feed.ForEach(tensor => tensor.Dispose());
        }
    }

    private static bool IsColumn(ModelTensor input) =>
        input.Shape is [_] or [_, 1] or [_, -1]
        && input.Type is ElementType.Fp32 or ElementType.Fp64 or ElementType.Int64 or ElementType.Bytes;

    private static Tensor Value(ModelTensor input, Column column, ReadOnlySpan<int> rows)
    {
        long[] shape = input.Shape.Count == 1 ? [rows.Length] : [rows.Length, 1];
        return input.Type switch
        {
            ElementType.Bytes => Tensor.FromStrings(input.Name, Read(column, rows, static (from, row) => from.Text(row)), shape),
            ElementType.Fp64 => Tensor.Create<double>(
                input.Name,
                Read(column, rows, static (from, row) => (double)Number(from, row)),
                shape
            ),
            // A missing whole number has no representation; 0 is what such models are usually given.
            ElementType.Int64 => Tensor.Create<long>(
                input.Name,
                Read(column, rows, static (from, row) => Number(from, row) is var number && float.IsNaN(number) ? 0L : (long)number),
                shape
            ),
            _ => Tensor.Create<float>(input.Name, Read(column, rows, Number), shape),
        };
    }

    private static T[] Read<T>(Column column, ReadOnlySpan<int> rows, Func<Column, int, T> read)
    {
        var values = new T[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            values[i] = read(column, rows[i]);
        }
        return values;
    }

    private static float Number(Column column, int row) =>
        column is NumericColumn numeric ? numeric.Values[row]
        : float.TryParse(column.Text(row), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number
        : float.NaN;

    private static string[]? ReadClasses(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, ExportJson.Default.StringArray);
        }
        catch (JsonException)
        {
            // A foreign model may use the key for something else; it is then compared without probabilities.
            return null;
        }
    }
}
