using System.Globalization;
using System.Text;
using System.Text.Json;
using Slipway.Training.Worker.Data;
using Slipway.Training.Worker.Trainers;
using YamlDotNet.Serialization;

namespace Slipway.Training.Worker.Export;

/// <summary>
/// The <c>MLmodel</c> file of an ONNX-flavoured model. Its signature has a column for each input, <c>required</c> unless the training data
/// lacked some of its values, and a tensor for each output.
/// </summary>
internal sealed record MlModelFile
{
    // The version of the format, which clients compare with their own.
    private const string MlflowVersion = "2.17.2";

    public required string RunId { get; init; }

    /// <summary>32 hexadecimal digits that name this very model.</summary>
    public required string ModelUuid { get; init; }

    public required long ModelSizeBytes { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required IReadOnlyList<Feature> Features { get; init; }

    public ClassLabels? Classes { get; init; }

    /// <summary>Free entries: task, trainer, target.</summary>
    public required IReadOnlyDictionary<string, string> Metadata { get; init; }

    public string ToYaml()
    {
        var document = new Dictionary<string, object>
        {
            ["artifact_path"] = "model",
            ["flavors"] = new Dictionary<string, object>
            {
                ["onnx"] = new Dictionary<string, object>
                {
                    ["data"] = "model.onnx",
                    ["onnx_version"] = "1.12.0",
                    ["providers"] = new[] { "CUDAExecutionProvider", "CPUExecutionProvider" },
                },
                ["python_function"] = new Dictionary<string, object>
                {
                    ["data"] = "model.onnx",
                    ["loader_module"] = "mlflow.onnx",
                    ["python_version"] = "3.11.2",
                },
            },
            ["metadata"] = Metadata,
            ["mlflow_version"] = MlflowVersion,
            ["model_size_bytes"] = ModelSizeBytes,
            ["model_uuid"] = Quoted(ModelUuid),
            ["run_id"] = Quoted(RunId),
            ["saved_input_example_info"] = new Dictionary<string, object>
            {
                ["artifact_path"] = "input_example.json",
                ["pandas_orient"] = "split",
                ["type"] = "dataframe",
            },
            ["signature"] = new Dictionary<string, object?>
            {
                ["inputs"] = Quoted(Inputs()),
                ["outputs"] = Quoted(Outputs()),
                ["params"] = null,
            },
            ["utc_time_created"] = Quoted(CreatedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture)),
        };
        return new SerializerBuilder().WithTypeConverter(new QuotedTextConverter()).Build().Serialize(document);
    }

    private static QuotedText Quoted(string text) => new(text);

    private string Inputs() =>
        Json(json =>
        {
            foreach (var feature in Features)
            {
                json.WriteStartObject();
                json.WriteString("type", feature.Kind == ColumnKind.Numeric ? "double" : "string");
                json.WriteString("name", feature.Name);
                json.WriteBoolean("required", !feature.HadMissing);
                json.WriteEndObject();
            }
        });

    private string Outputs() =>
        Json(json =>
        {
            if (Classes is null)
            {
                WriteTensor(json, OnnxExporter.Prediction, "float32", -1, 1);
                return;
            }
            WriteTensor(json, OnnxExporter.Label, Classes.Integers is null ? "str" : "int64", -1);
            WriteTensor(json, OnnxExporter.Probabilities, "float32", -1, Classes.Count);
        });

    private static void WriteTensor(Utf8JsonWriter json, string name, string type, params ReadOnlySpan<int> shape)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteString("type", "tensor");
        json.WriteStartObject("tensor-spec");
        json.WriteString("dtype", type);
        json.WriteStartArray("shape");
        foreach (var dimension in shape)
        {
            json.WriteNumberValue(dimension);
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static string Json(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            write(json);
            json.WriteEndArray();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
