using Google.Protobuf;
using Slipway.Inference.Engine.Onnx;
using Slipway.Testing;
using Slipway.Training.Worker.Data;
using Slipway.Training.Worker.Evaluation;
using Slipway.Training.Worker.Export;
using Slipway.Training.Worker.Tests.Trainers;
using Slipway.Training.Worker.Trainers;
using Slipway.Training.Worker.Trainers.Gbdt;
using Slipway.Training.Worker.Trainers.Linear;

namespace Slipway.Training.Worker.Tests.Evaluation;

public sealed class ModelEvaluatorTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public void Evaluate_Regression_MetricsOfTheHoldout()
    {
        var mixed = new MixedData("regression", 2_000, 41);

        var result = new ModelEvaluator(mixed.Table, mixed.Target, mixed.HoldoutRows).Evaluate(Save(mixed));

        Assert.True(result.IsOk, result.Error?.Message);
        Assert.Equal(mixed.HoldoutRows.Length, result.Value.Predictions.Length);
        Assert.Equal(RegressionMetrics.Compute(mixed.Data.HoldoutTarget, result.Value.Predictions)["mae"], result.Value.Metrics["mae"]);
        Assert.InRange(result.Value.Metrics["r2"], 0.5, 1);
    }

    [Fact]
    public void Evaluate_ColumnMissing_SaysWhich()
    {
        var mixed = new MixedData("regression", 500, 42);
        var table = new Table([.. mixed.Table.Columns.Where(column => column.Name != "level")], mixed.Table.RowCount);

        var result = new ModelEvaluator(table, mixed.Target, mixed.HoldoutRows).Evaluate(Save(mixed));

        Assert.Equal("model_input_missing", result.Error?.Code);
        Assert.Contains("'level'", result.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_ColumnOfOtherKind_ConvertedAsAClientWould()
    {
        var mixed = new MixedData("regression", 500, 43);
        var level = (NumericColumn)mixed.Table.Find("level")!;
        string[] texts = [.. level.Values.Select(value => value.ToString(System.Globalization.CultureInfo.InvariantCulture))];
        Column[] columns = [.. mixed.Table.Columns.Select(column => column.Name == "level" ? MixedData.Category("level", texts) : column)];
        var path = Save(mixed);

        var asText = new ModelEvaluator(new Table(columns, 500), mixed.Target, mixed.HoldoutRows).Evaluate(path);

        Assert.Equal(
            new ModelEvaluator(mixed.Table, mixed.Target, mixed.HoldoutRows).Evaluate(path).Value!.Predictions,
            asText.Value!.Predictions
        );
    }

    [Fact]
    public void Evaluate_OtherTask_SaysWhichOutputIsMissing()
    {
        var regression = new MixedData("regression", 500, 44);
        var binary = new MixedData("binary", 500, 44);

        var result = new ModelEvaluator(regression.Table, regression.Target, regression.HoldoutRows).Evaluate(Save(binary));

        Assert.Equal("model_output_missing", result.Error?.Code);
    }

    [Fact]
    public void Evaluate_RegressionModelForClasses_Refused()
    {
        var regression = new MixedData("regression", 500, 45);
        var binary = new MixedData("binary", 500, 45);

        var result = new ModelEvaluator(binary.Table, binary.Target, binary.HoldoutRows).Evaluate(Save(regression));

        Assert.Equal("model_classes_unknown", result.Error?.Code);
    }

    [Fact]
    public void Evaluate_IncumbentKnowsFewerClasses_MappedByName()
    {
        var mixed = new MixedData("multiclass", 1_000, 46);
        var path = Save(mixed);
        var labels = ClassLabels.Create(["extra", "high", "low", "mid"], out _);
        var wider = mixed.Target with { Classes = labels, Values = [.. mixed.Target.Values.Select(value => value + 1)] };

        var narrow = new ModelEvaluator(mixed.Table, mixed.Target, mixed.HoldoutRows).Evaluate(path).Value!;
        var wide = new ModelEvaluator(mixed.Table, wider, mixed.HoldoutRows).Evaluate(path).Value!;

        Assert.Equal(narrow.Metrics["accuracy"], wide.Metrics["accuracy"]);
        Assert.Equal(narrow.Metrics["logloss"], wide.Metrics["logloss"], 9);
    }

    [Fact]
    public void Evaluate_NoModel_ClearValue()
    {
        var mixed = new MixedData("regression", 500, 47);
        var path = _folder.Combine("broken.onnx");
        File.WriteAllText(path, "this is not a model");
        var evaluator = new ModelEvaluator(mixed.Table, mixed.Target, mixed.HoldoutRows);

        var error = evaluator.Evaluate(path).Error;

        Assert.Equal("model_not_loadable", error?.Code);
        Assert.DoesNotContain(_folder.Path, error!.Message, StringComparison.Ordinal);
        Assert.Equal("model_not_loadable", evaluator.Evaluate(_folder.Combine("absent.onnx")).Error?.Code);
    }

    [Fact]
    public void Evaluate_WeightsOutsideTheModelsFolder_Refused()
    {
        var mixed = new MixedData("regression", 500, 48);
        var model = new LinearTrainer(new LinearOptions()).Train(mixed.Data, new RecordingObserver(), CancellationToken.None);
        var proto = OnnxExporter.Export("test", mixed.Schema.Features, model, null);
        var weights = proto.Graph.Initializer.First(tensor => tensor.DataType == (int)TensorProto.Types.DataType.Float);
        var inner = Directory.CreateDirectory(_folder.Combine("inner")).FullName;
        File.WriteAllBytes(_folder.Combine("weights.bin"), weights.RawData.ToByteArray());
        weights.RawData = ByteString.Empty;
        weights.DataLocation = TensorProto.Types.DataLocation.External;
        weights.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "../weights.bin" });
        var path = Path.Combine(inner, "model.onnx");
        File.WriteAllBytes(path, proto.ToByteArray());

        var error = new ModelEvaluator(mixed.Table, mixed.Target, mixed.HoldoutRows).Evaluate(path).Error;

        Assert.Equal("model_not_loadable", error?.Code);
    }

    public void Dispose() => _folder.Dispose();

    private string Save(MixedData mixed)
    {
        var model = new GbdtTrainer(new GbdtOptions { Trees = 30 }).Train(mixed.Data, new RecordingObserver(), CancellationToken.None);
        var path = _folder.Combine("model.onnx");
        using var file = File.Create(path);
        OnnxExporter.Export("test", mixed.Schema.Features, model, mixed.Target.Classes).WriteTo(file);
        return path;
    }
}
