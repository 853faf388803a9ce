using System.Text.Json;
using Google.Protobuf;
using Slipway.Contracts;
using Slipway.Contracts.Monitoring;
using Slipway.Inference.Engine.Onnx;
using Slipway.Training.Worker.Data;
using Slipway.Training.Worker.Export;
using Slipway.Training.Worker.Trainers;

namespace Slipway.Training.Worker.Runner;

/// <summary>Writes the files of a model: <c>model.onnx</c>, <c>MLmodel</c>, <c>input_example.json</c> and <c>baseline.json</c>.</summary>
internal sealed class ModelFolder
{
    private const int ExampleCandidates = 1_000;

    public ModelFolder(string outputFolder)
    {
        Folder = Path.Combine(outputFolder, "model");
        Directory.CreateDirectory(Folder);
    }

    public string Folder { get; }

    public string ModelPath => Path.Combine(Folder, "model.onnx");

    public void WriteModel(ModelProto model)
    {
        using var file = File.Create(ModelPath);
        model.WriteTo(file);
    }

    public void WriteDescription(MlModelFile description) => File.WriteAllText(Path.Combine(Folder, "MLmodel"), description.ToYaml());

    public void WriteBaseline(BaselineProfile baseline)
    {
        using var file = File.Create(Path.Combine(Folder, BaselineProfile.FileName));
        JsonSerializer.Serialize(file, baseline, ContractsJson.Default.BaselineProfile);
    }

    /// <summary>Writes a row of the training data with as few missing values as possible, in MLflow's form of a data frame.</summary>
    public void WriteExample(Table table, IReadOnlyList<Feature> features, int[] rows)
    {
        Column[] columns = [.. features.Select(feature => table.Find(feature.Name)!)];
        var row = rows.Take(ExampleCandidates).MinBy(candidate => columns.Count(column => column.IsMissing(candidate)));
        using var file = File.Create(Path.Combine(Folder, "input_example.json"));
        using var json = new Utf8JsonWriter(file);
        json.WriteStartObject();
        json.WriteStartArray("columns");
        foreach (var column in columns)
        {
            json.WriteStringValue(column.Name);
        }
        json.WriteEndArray();
        json.WriteStartArray("data");
        json.WriteStartArray();
        foreach (var column in columns)
        {
            WriteValue(json, column, row);
        }
        json.WriteEndArray();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, Column column, int row)
    {
        if (column.IsMissing(row))
        {
            json.WriteNullValue();
        }
        else if (column is NumericColumn numeric)
        {
            json.WriteNumberValue(numeric.Values[row]);
        }
        else
        {
            json.WriteStringValue(column.Text(row));
        }
    }
}
