using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Slipway.Testing;
using Slipway.Training.Worker.Data;
using Slipway.Training.Worker.Evaluation;
using Slipway.Training.Worker.Export;
using Slipway.Training.Worker.Tests.Trainers;
using Slipway.Training.Worker.Trainers;
using Slipway.Training.Worker.Trainers.Gbdt;
using Slipway.Training.Worker.Trainers.Linear;

namespace Slipway.Training.Worker.Tests.Export;

public sealed class OnnxExporterTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public static TheoryData<string, string> TrainersAndTasks =>
        new()
        {
            { "linear", "regression" },
            { "linear", "binary" },
            { "linear", "multiclass" },
            { "gbdt", "regression" },
            { "gbdt", "binary" },
            { "gbdt", "multiclass" },
        };

    [Theory]
    [MemberData(nameof(TrainersAndTasks))]
    public void Export_MissingAndUnknownValues_PredictsAsTrained(string trainer, string task)
    {
        var mixed = new MixedData(task, 6_000, 21);
        var model = Train(trainer, mixed.Data);
        var path = Save(mixed, model);
        int[] rows = [.. mixed.TrainRows, .. mixed.HoldoutRows];
        var scores = model.Score(mixed.Schema.Select(mixed.Table, rows));

        using var onnx = OnnxModel.Open(path).Value!;
        var output = mixed.Target.Classes is null ? OnnxExporter.Prediction : OnnxExporter.Probabilities;
        var predicted = onnx.Run(mixed.Table, rows, output, CancellationToken.None);

        Assert.True(predicted.IsOk, predicted.Error?.Message);
        var expected = mixed.Target.Classes is { } classes ? ExportCheck.Probabilities(scores, classes.Count) : scores;
        Assert.Equal(expected, predicted.Value, new Close(1e-5f));
        Assert.True(expected.Distinct().Count() > 50);
    }

    [Theory]
    [MemberData(nameof(TrainersAndTasks))]
    public void Export_OneRow_SameAsInABatch(string trainer, string task)
    {
        var mixed = new MixedData(task, 1_000, 22);
        using var onnx = OnnxModel.Open(Save(mixed, Train(trainer, mixed.Data))).Value!;
        var output = mixed.Target.Classes is null ? OnnxExporter.Prediction : OnnxExporter.Probabilities;

        var batch = onnx.Run(mixed.Table, mixed.HoldoutRows, output, CancellationToken.None).Value!;

        var width = batch.Length / mixed.HoldoutRows.Length;
        for (var i = 0; i < 20; i++)
        {
            var one = onnx.Run(mixed.Table, [mixed.HoldoutRows[i]], output, CancellationToken.None).Value!;
            Assert.Equal(batch.AsSpan(i * width, width).ToArray(), one, new Close(1e-5f));
        }
    }

    [Theory]
    [InlineData("linear")]
    [InlineData("gbdt")]
    public void Export_UnknownCategory_SameAsMissing(string trainer)
    {
        var mixed = new MixedData("regression", 2_000, 23);
        using var onnx = OnnxModel.Open(Save(mixed, Train(trainer, mixed.Data))).Value!;
        var probe = new Table(
            [
                new NumericColumn("skewed", [1, 1, 1]),
                new NumericColumn("level", [2, 2, 2]),
                new NumericColumn("wide", [2e6f, 2e6f, 2e6f]),
                MixedData.Category("city", ["", "Nowhere", "Bonn"]),
                MixedData.Category("note", ["n1", "n1", "n1"]),
            ],
            3
        );

        var predictions = onnx.Run(probe, [0, 1, 2], OnnxExporter.Prediction, CancellationToken.None).Value!;

        Assert.Equal(predictions[0], predictions[1]);
        Assert.NotEqual(predictions[0], predictions[2]);
    }

    [Theory]
    [InlineData("linear")]
    [InlineData("gbdt")]
    public void Export_Inputs_OneAColumnWithItsType(string trainer)
    {
        var mixed = new MixedData("multiclass", 500, 24);
        using var session = new InferenceSession(Save(mixed, Train(trainer, mixed.Data)));

        Assert.Equal(["city", "level", "note", "skewed", "wide"], session.InputMetadata.Keys.Order());
        Assert.Equal(typeof(float), session.InputMetadata["wide"].ElementType);
        Assert.Equal(typeof(string), session.InputMetadata["city"].ElementType);
        Assert.Equal([-1, 1], session.InputMetadata["wide"].Dimensions);
        Assert.Equal(typeof(string), session.OutputMetadata["label"].ElementType);
        Assert.Equal([-1, 3], session.OutputMetadata["probabilities"].Dimensions);
        Assert.Equal("""["high","low","mid"]""", session.ModelMetadata.CustomMetadataMap[OnnxExporter.ClassesKey]);
    }

    [Theory]
    [InlineData("linear", "binary")]
    [InlineData("gbdt", "binary")]
    [InlineData("linear", "multiclass")]
    [InlineData("gbdt", "multiclass")]
    public void Export_Label_IsTheMostProbableClass(string trainer, string task)
    {
        var mixed = new MixedData(task, 1_000, 25);
        var path = Save(mixed, Train(trainer, mixed.Data));
        using var onnx = OnnxModel.Open(path).Value!;
        var probabilities = onnx.Run(mixed.Table, mixed.HoldoutRows, OnnxExporter.Probabilities, CancellationToken.None).Value!;

        var labels = Labels(path, mixed);

        var classes = mixed.Target.Classes!;
        for (var row = 0; row < labels.Length; row++)
        {
            var ofRow = probabilities.AsSpan(row * classes.Count, classes.Count).ToArray();
            Assert.Equal(classes.Names[Array.IndexOf(ofRow, ofRow.Max())], labels[row]);
            Assert.Equal(1, ofRow.Sum(), 5);
        }
        Assert.True(labels.Distinct().Count() > 1);
    }

    [Theory]
    [InlineData("linear")]
    [InlineData("gbdt")]
    public void Export_FeatureNamesLikeInnerValues_DoNotCollide(string trainer)
    {
        string[] names = ["Concat_0", "means_1", "weights_4", "node_prediction", "x y,z\"ü"];
        var random = new Random(26);
        Column[] columns =
        [
            .. names.Select(name => new NumericColumn(name, [.. Enumerable.Range(0, 100).Select(_ => (float)random.NextDouble())])),
        ];
        var table = new Table(columns, 100);
        int[] rows = [.. Enumerable.Range(0, 100)];
        var schema = FeatureSchema.Fit(table, names, rows, 10);
        var target = ((NumericColumn)columns[0]).Values;
        var data = new TrainingData(TaskKind.Regression, null, schema.Select(table, rows), target, schema.Select(table, []), []);
        var model = Train(trainer, data);

        using var onnx = OnnxModel.Open(Save(schema, model, null)).Value!;

        Assert.Equal(
            model.Score(data.Train),
            onnx.Run(table, rows, OnnxExporter.Prediction, CancellationToken.None).Value!,
            new Close(1e-5f)
        );
    }

    [Theory]
    [InlineData("linear")]
    [InlineData("gbdt")]
    public void Export_TextFeaturesAlone_Runs(string trainer)
    {
        var mixed = new MixedData("regression", 1_000, 27);
        var schema = FeatureSchema.Fit(mixed.Table, ["city", "note"], mixed.TrainRows, 50);
        var data = mixed.Data with
        {
            Train = schema.Select(mixed.Table, mixed.TrainRows),
            Holdout = schema.Select(mixed.Table, mixed.HoldoutRows),
        };
        var model = Train(trainer, data);

        using var onnx = OnnxModel.Open(Save(schema, model, null)).Value!;

        var predicted = onnx.Run(mixed.Table, mixed.HoldoutRows, OnnxExporter.Prediction, CancellationToken.None).Value!;
        Assert.Equal(model.Score(data.Holdout), predicted, new Close(1e-5f));
    }

    public void Dispose() => _folder.Dispose();

    private static ITrainedModel Train(string trainer, TrainingData data)
    {
        ITrainer made = trainer == "linear" ? new LinearTrainer(new LinearOptions()) : new GbdtTrainer(new GbdtOptions { Trees = 60 });
        return made.Train(data, new RecordingObserver(), CancellationToken.None);
    }

    private string Save(MixedData mixed, ITrainedModel model) => Save(mixed.Schema, model, mixed.Target.Classes);

    private string Save(FeatureSchema schema, ITrainedModel model, ClassLabels? classes)
    {
        var path = _folder.Combine($"{Guid.NewGuid():N}.onnx");
        using var file = File.Create(path);
        OnnxExporter.Export("test", schema.Features, model, classes).WriteTo(file);
        return path;
    }

    private static string[] Labels(string path, MixedData mixed)
    {
        using var session = new InferenceSession(path);
        var feed = session
            .InputMetadata.Keys.Select(name =>
                mixed.Table.Find(name) is NumericColumn numeric
                    ? NamedOnnxValue.CreateFromTensor(
                        name,
                        new Microsoft.ML.OnnxRuntime.Tensors.DenseTensor<float>(
                            mixed.HoldoutRows.Select(row => numeric.Values[row]).ToArray(),
                            [mixed.HoldoutRows.Length, 1]
                        )
                    )
                    : NamedOnnxValue.CreateFromTensor(
                        name,
                        new Microsoft.ML.OnnxRuntime.Tensors.DenseTensor<string>(
                            mixed.HoldoutRows.Select(row => mixed.Table.Find(name)!.Text(row)).ToArray(),
                            [mixed.HoldoutRows.Length, 1]
                        )
                    )
            )
            .ToList();
        using var outputs = session.Run(feed, [OnnxExporter.Label]);
        return mixed.Target.Classes!.Integers is null
            ? [.. outputs[0].AsTensor<string>()]
            : [.. outputs[0].AsTensor<long>().Select(label => label.ToString(System.Globalization.CultureInfo.InvariantCulture))];
    }
}
