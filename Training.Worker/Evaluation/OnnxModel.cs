using System.Globalization;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Slipway.Training.Worker.Data;
using Slipway.Training.Worker.Export;

namespace Slipway.Training.Worker.Evaluation;

/// <summary>
/// An ONNX model run over rows of a <see cref="Table"/>, input by input as served. A model that wants columns the table lacks, or gives
/// outputs of another kind, is an expected outcome: an incumbent may be older than the data.
/// </summary>
internal sealed class OnnxModel : IDisposable
{
    private const int BatchRows = 4_096;
    private readonly InferenceSession _session;

    private OnnxModel(InferenceSession session)
    {
        _session = session;
        if (session.ModelMetadata.CustomMetadataMap.TryGetValue(OnnxExporter.ClassesKey, out var json))
        {
            Classes = ReadClasses(json);
        }
    }

    /// <summary>The labels in the order of the probabilities, where the model says them.</summary>
    public IReadOnlyList<string>? Classes { get; }

    public IReadOnlyCollection<string> Inputs => [.. _session.InputMetadata.Keys];

    public static Result<OnnxModel> Open(string path)
    {
        try
        {
            return new OnnxModel(new InferenceSession(path));
        }
        catch (OnnxRuntimeException exception)
        {
            return new BadInput("model_not_loadable", $"The model cannot be loaded: {FirstLine(exception.Message, path)}");
        }
    }

    /// <summary>The named output for the rows, row by row; its width is the values a row.</summary>
    public Result<float[]> Run(Table table, ReadOnlySpan<int> rows, string output, CancellationToken cancellationToken)
    {
        if (!_session.OutputMetadata.TryGetValue(output, out var metadata) || metadata.ElementType != typeof(float))
        {
            return new BadInput("model_output_missing", $"The model has no FLOAT output '{output}'.");
        }
        var columns = new Dictionary<string, Column>(StringComparer.Ordinal);
        foreach (var (name, input) in _session.InputMetadata)
        {
            if (table.Find(name) is not { } column)
            {
                return new BadInput("model_input_missing", $"The model reads the column '{name}', which the dataset does not have.");
            }
            if (!IsColumn(input))
            {
                return new BadInput(
                    "model_input_unsupported",
                    $"The model's input '{name}' is not one FLOAT, DOUBLE, INT64 or STRING value a row."
                );
            }
            columns.Add(name, column);
        }
        try
        {
            return RunBatches(columns, rows, output, cancellationToken);
        }
        catch (OnnxRuntimeException exception)
        {
            return new BadInput("model_failed", $"The model fails on the rows: {FirstLine(exception.Message)}");
        }
    }

    public void Dispose() => _session.Dispose();

    private Result<float[]> RunBatches(
        Dictionary<string, Column> columns,
        ReadOnlySpan<int> rows,
        string output,
        CancellationToken cancellationToken
    )
    {
        var result = new List<float>(rows.Length);
        for (var begin = 0; begin < rows.Length; begin += BatchRows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var batch = rows.Slice(begin, Math.Min(BatchRows, rows.Length - begin));
            var feed = new List<NamedOnnxValue>(columns.Count);
            foreach (var (name, column) in columns)
            {
                feed.Add(Value(name, column, batch, _session.InputMetadata[name]));
            }
            using var outputs = _session.Run(feed, [output]);
            var tensor = outputs[0].AsTensor<float>();
            if (tensor.Length % batch.Length != 0)
            {
                return new BadInput("model_output_shape", $"The model's output '{output}' has not the same number of values for each row.");
            }
            result.AddRange(tensor);
        }
        return result.ToArray();
    }

    private static bool IsColumn(NodeMetadata input) =>
        input.OnnxValueType == OnnxValueType.ONNX_TYPE_TENSOR
        && input.Dimensions is [_] or [_, 1] or [_, -1]
        && (
            input.ElementType == typeof(float)
            || input.ElementType == typeof(double)
            || input.ElementType == typeof(long)
            || input.ElementType == typeof(string)
        );

    private static NamedOnnxValue Value(string name, Column column, ReadOnlySpan<int> rows, NodeMetadata input)
    {
        int[] shape = input.Dimensions.Length == 1 ? [rows.Length] : [rows.Length, 1];
        if (input.ElementType == typeof(string))
        {
            return NamedOnnxValue.CreateFromTensor(name, Fill(column, rows, shape, static (from, row) => from.Text(row)));
        }
        if (input.ElementType == typeof(double))
        {
            return NamedOnnxValue.CreateFromTensor(name, Fill(column, rows, shape, static (from, row) => (double)Number(from, row)));
        }
        // A missing whole number has no representation; 0 is what such models are usually given.
        return input.ElementType == typeof(long)
            ? NamedOnnxValue.CreateFromTensor(
                name,
                Fill(column, rows, shape, static (from, row) => Number(from, row) is var number && float.IsNaN(number) ? 0L : (long)number)
            )
            : NamedOnnxValue.CreateFromTensor(name, Fill(column, rows, shape, Number));
    }

    private static DenseTensor<T> Fill<T>(Column column, ReadOnlySpan<int> rows, int[] shape, Func<Column, int, T> read)
    {
        var values = new T[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            values[i] = read(column, rows[i]);
        }
        return new DenseTensor<T>(values, shape);
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

    // Where the file lies on this machine is nobody's business.
    private static string FirstLine(string message, string? path = null)
    {
        var line = message.Split('\n', 2)[0].Trim();
        return path is null ? line : line.Replace(path, Path.GetFileName(path), StringComparison.Ordinal);
    }
}
