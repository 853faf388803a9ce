using System.Text.Json;
using Slipway.Contracts;
using Slipway.Contracts.Monitoring;
using Slipway.Contracts.Training;
using Slipway.Training.Worker.Data;
using Slipway.Training.Worker.Evaluation;
using Slipway.Training.Worker.Export;
using Slipway.Training.Worker.Runner;

namespace Slipway.Training.Worker.Tests.Runner;

public sealed class TrainingRunnerTests : IDisposable
{
    private readonly RunnerFixture _fixture = new();

    [Theory]
    [InlineData("linear", 10)]
    [InlineData("gbdt", 12)]
    public async Task RunAsync_GoodData_WritesTheModelAndTellsOfIt(string trainer, double worstMae)
    {
        var csv = _fixture.Write("data.csv", RunnerFixture.Csv(600));

        var (exitCode, events) = await _fixture.RunAsync(_fixture.Spec(csv, trainer));

        Assert.Equal(ExitCodes.Done, exitCode);
        var result = Assert.IsType<ResultEvent>(events[^1]);
        Assert.Equal((480, 120, 2), (result.TrainRows, result.HoldoutRows, result.FeatureCount));
        Assert.Equal("regression", result.Task);
        Assert.Equal(_fixture.ModelFolder, result.ModelFolder);
        Assert.InRange(result.Metrics["mae"], 0.5, worstMae);
        Assert.Equal(result.Metrics["mae"], events.OfType<MetricEvent>().Single(metric => metric.Key == "mae").Value);
        Assert.Contains(events.OfType<MetricEvent>(), metric => metric.Key == "holdout_loss");
        Assert.Contains(events.OfType<ParamEvent>(), param => param is { Key: "trainer" } && param.Value == trainer);
        var fractions = events.OfType<ProgressEvent>().Select(progress => progress.Fraction).ToArray();
        Assert.Equal(fractions.Order(), fractions);
        Assert.Equal((0, 1), (fractions[0], fractions[^1]));
        Assert.Equal(
            ["MLmodel", "baseline.json", "input_example.json", "model.onnx"],
            Directory.GetFiles(_fixture.ModelFolder).Select(Path.GetFileName).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task RunAsync_InputExample_IsARealRowOfTheModelsInputs()
    {
        var csv = _fixture.Write("data.csv", RunnerFixture.Csv(100));

        await _fixture.RunAsync(_fixture.Spec(csv, "linear"));

        using var example = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(_fixture.ModelFolder, "input_example.json")));
        Assert.Equal(["x", "colour"], example.RootElement.GetProperty("columns").EnumerateArray().Select(name => name.GetString()));
        var row = example.RootElement.GetProperty("data")[0];
        Assert.Contains($"\n{row[0].GetRawText()},{row[1].GetString()},", File.ReadAllText(csv), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_Baseline_ProfilesTrainingRowsAndHoldout()
    {
        var csv = _fixture.Write("data.csv", RunnerFixture.Csv(500));

        var (_, events) = await _fixture.RunAsync(_fixture.Spec(csv, "gbdt"));

        var json = File.ReadAllBytes(Path.Combine(_fixture.ModelFolder, BaselineProfile.FileName));
        var baseline = JsonSerializer.Deserialize(json, ContractsJson.Default.BaselineProfile)!;
        Assert.Equal(("regression", "y", 400), (baseline.Task, baseline.Target, baseline.RowCount));
        Assert.Equal(["x", "colour"], baseline.Features.Select(feature => feature.Name));
        Assert.Equal(400, baseline.Features[1].Categories!.Values.Sum());
        Assert.Equal((100, 100), (baseline.Prediction.Count, baseline.Label.Count));
        Assert.Equal(((ResultEvent)events[^1]).Metrics["mae"], baseline.Metrics["mae"]);
    }

    [Fact]
    public async Task RunAsync_Classification_LabelsAndProbabilities()
    {
        var lines = Enumerable.Range(0, 200).Select(i => $"{i % 50},{(i % 50 < 20 ? "no" : "yes")}");
        var csv = _fixture.Write("data.csv", "x,y\n" + string.Join('\n', lines));

        var (exitCode, events) = await _fixture.RunAsync(_fixture.Spec(csv, "gbdt"));

        Assert.Equal(ExitCodes.Done, exitCode);
        var result = Assert.IsType<ResultEvent>(events[^1]);
        Assert.Equal("classification", result.Task);
        Assert.Equal(1, result.Metrics["accuracy"]);
        Assert.Equal(1, result.Metrics["auc"]);
        var baseline = JsonSerializer.Deserialize(
            File.ReadAllBytes(Path.Combine(_fixture.ModelFolder, BaselineProfile.FileName)),
            ContractsJson.Default.BaselineProfile
        )!;
        Assert.Equal(baseline.Label.Categories, baseline.Prediction.Categories);
        Assert.Equal(40, baseline.Label.Categories!.Values.Sum());
    }

    [Fact]
    public async Task RunAsync_Refit_LearnsFromTheHoldoutToo()
    {
        // The last fifth has a category that only a refit can know.
        var lines = Enumerable.Range(0, 500).Select(i => i < 400 ? $"{i % 7},a,{i % 7}" : $"{i % 7},b,{(i % 7) + 100}");
        var csv = _fixture.Write("data.csv", "x,c,y\n" + string.Join('\n', lines));

        await _fixture.RunAsync(_fixture.Spec(csv, "gbdt", ("min_child_rows", "5")));
        var before = Predict("b");
        var (exitCode, events) = await _fixture.RunAsync(_fixture.Spec(csv, "gbdt", ("min_child_rows", "5"), ("refit", "true")));
        var after = Predict("b");

        Assert.Equal(ExitCodes.Done, exitCode);
        Assert.Equal(500, ((ResultEvent)events[^1]).TrainRows);
        Assert.InRange(before, 0, 10);
        Assert.InRange(after, 50, 110);
    }

    [Fact]
    public async Task RunAsync_ColumnWithoutValues_LeftOutAndTold()
    {
        var lines = Enumerable.Range(0, 50).Select(i => $"{i},NA,{2 * i}");
        var csv = _fixture.Write("data.csv", "x,nothing,y\n" + string.Join('\n', lines));

        var (_, events) = await _fixture.RunAsync(_fixture.Spec(csv, "linear"));

        Assert.Equal(1, Assert.IsType<ResultEvent>(events[^1]).FeatureCount);
        Assert.Equal("nothing", events.OfType<ParamEvent>().Single(param => param.Key == "empty_columns_left_out").Value);
    }

    [Fact]
    public async Task RunAsync_SeveralDatasets_TheTailIsOfTheLast()
    {
        var old = _fixture.Write("old.csv", "x,y\n" + string.Join('\n', Enumerable.Range(0, 80).Select(i => $"{i % 10},{i % 10}")));
        var recent = _fixture.Write(
            "new.csv",
            "y,x\n" + string.Join('\n', Enumerable.Range(0, 20).Select(i => $"{(i % 10) + 1000},{i % 10}"))
        );

        var (_, events) = await _fixture.RunAsync(_fixture.Spec(old, "linear") with { Datasets = [old, recent] });

        var result = Assert.IsType<ResultEvent>(events[^1]);
        Assert.Equal((80, 20), (result.TrainRows, result.HoldoutRows));
        Assert.InRange(result.Metrics["mae"], 990, 1010);
    }

    [Fact]
    public async Task RunAsync_Incumbent_MeasuredOnTheSameRowsWithItsOwnColumns()
    {
        var csv = _fixture.Write("data.csv", RunnerFixture.Csv(500));
        await _fixture.RunAsync(_fixture.Spec(csv, "linear"));
        var incumbent = _fixture.Write("incumbent.onnx", "");
        File.Copy(Path.Combine(_fixture.ModelFolder, "model.onnx"), incumbent, overwrite: true);

        // The new model leaves out a column that the incumbent reads.
        var (_, events) = await _fixture.RunAsync(
            _fixture.Spec(csv, "linear", ("exclude", "colour")) with
            {
                IncumbentModelPath = incumbent,
            }
        );

        var result = Assert.IsType<ResultEvent>(events[^1]);
        Assert.Null(result.Incumbent!.Code);
        Assert.True(result.Incumbent.Metrics!["mae"] < result.Metrics["mae"]);
        Assert.Equal(result.Incumbent.Metrics["mae"], events.OfType<MetricEvent>().Single(metric => metric.Key == "incumbent_mae").Value);
        // The results by row are those whose means the metrics are.
        var rows = File.ReadAllLines(Path.Combine(result.ModelFolder, "..", EvaluationFile.Path)).Select(line => line.Split(',')).ToList();
        Assert.Equal(["absolute_error", "squared_error", "incumbent_absolute_error", "incumbent_squared_error"], rows[0]);
        Assert.Equal(result.HoldoutRows, rows.Count - 1);
        double Mean(int column) =>
            rows.Skip(1).Average(row => double.Parse(row[column], System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(result.Metrics["mae"], Mean(0), 1e-9);
        Assert.Equal(result.Metrics["rmse"], Math.Sqrt(Mean(1)), 1e-9);
        Assert.Equal(result.Incumbent.Metrics["mae"], Mean(2), 1e-9);
    }

    [Fact]
    public async Task RunAsync_IncumbentCannotRun_ToldAndTheRunGoesOn()
    {
        var csv = _fixture.Write("data.csv", RunnerFixture.Csv(100));
        var broken = _fixture.Write("broken.onnx", "no model");

        var (exitCode, events) = await _fixture.RunAsync(_fixture.Spec(csv, "linear") with { IncumbentModelPath = broken });

        Assert.Equal(ExitCodes.Done, exitCode);
        Assert.Equal("model_not_loadable", ((ResultEvent)events[^1]).Incumbent?.Code);
    }

    [Theory]
    [InlineData("trees", "0", "parameter_out_of_range")]
    [InlineData("learning_rate", "fast", "parameter_out_of_range")]
    [InlineData("split", "middle", "parameter_out_of_range")]
    [InlineData("holdout", "1", "parameter_out_of_range")]
    [InlineData("refit", "maybe", "parameter_out_of_range")]
    [InlineData("tress", "10", "unknown_parameter")]
    [InlineData("l2", "1", "unknown_parameter")]
    [InlineData("exclude", "y", "target_is_feature")]
    [InlineData("features", "x,y", "target_is_feature")]
    [InlineData("features", "x,nothing", "column_not_found")]
    [InlineData("categorical", "nothing", "column_not_found")]
    public async Task RunAsync_WrongParameter_BadInputThatNamesIt(string name, string value, string code)
    {
        var csv = _fixture.Write("data.csv", RunnerFixture.Csv(50));

        var (exitCode, events) = await _fixture.RunAsync(_fixture.Spec(csv, "gbdt", (name, value)));

        Assert.Equal(ExitCodes.BadInput, exitCode);
        var error = Assert.IsType<ErrorEvent>(events[^1]);
        Assert.Equal((code, name), (error.Code, error.Parameter));
        Assert.False(Directory.Exists(_fixture.ModelFolder));
    }

    [Theory]
    [InlineData("x,y\n1,2\n3\n", "ragged_row")]
    [InlineData("x,z\n1,2\n", "target_not_found")]
    [InlineData("", "empty_file")]
    [InlineData("x,y,x\n1,2,3\n", "duplicate_column")]
    [InlineData("x,y\n1,2\n2,\n", "target_missing_value")]
    [InlineData("y\n1\n2\n3\n", "no_usable_feature")]
    [InlineData("x,y\n7,2\n7,3\n7,4\n", "no_usable_feature")]
    [InlineData("x,y\n1,2\n2,3\n", "too_few_rows")]
    [InlineData("x,prediction,y\n1,2,3\n4,5,6\n", "reserved_column_name")]
    public async Task RunAsync_WrongData_BadInputWithCode(string text, string code)
    {
        var (exitCode, events) = await _fixture.RunAsync(_fixture.Spec(_fixture.Write("data.csv", text), "linear"));

        Assert.Equal(ExitCodes.BadInput, exitCode);
        Assert.Equal(code, Assert.IsType<ErrorEvent>(events[^1]).Code);
    }

    [Fact]
    public async Task RunAsync_TextInNumericTarget_NamesFileAndLine()
    {
        var csv = _fixture.Write("data.csv", RunnerFixture.Csv(30) + "1,red,many\n");

        var (_, events) = await _fixture.RunAsync(_fixture.Spec(csv, "linear") with { Task = "regression" });

        var error = Assert.IsType<ErrorEvent>(events[^1]);
        Assert.Equal(("target_not_numeric", "data.csv", 32L), (error.Code, error.File, error.Line));
    }

    [Theory]
    [InlineData("forest", null, "unknown_trainer")]
    [InlineData("gbdt", "ranking", "unknown_task")]
    public async Task RunAsync_UnknownTrainerOrTask_BadInput(string trainer, string? task, string code)
    {
        var csv = _fixture.Write("data.csv", RunnerFixture.Csv(30));

        var (exitCode, events) = await _fixture.RunAsync(_fixture.Spec(csv, trainer) with { Task = task });

        Assert.Equal(ExitCodes.BadInput, exitCode);
        Assert.Equal(code, Assert.IsType<ErrorEvent>(events[^1]).Code);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("""{"datasets":[],"target":"y"}""")]
    public async Task RunAsync_BrokenSpec_BadInput(string spec)
    {
        await using var output = new StringWriter();

        var exitCode = await TrainingRunner.RunAsync(_fixture.Write("spec.json", spec), output, CancellationToken.None);

        Assert.Equal(ExitCodes.BadInput, exitCode);
        Assert.Equal("invalid_spec", Assert.IsType<ErrorEvent>(RunnerFixture.Parse(output.ToString())[^1]).Code);
    }

    [Fact]
    public async Task RunAsync_OutputCannotBeWritten_FailsAndSaysSo()
    {
        var csv = _fixture.Write("data.csv", RunnerFixture.Csv(30));
        var file = _fixture.Write("file", "");

        var (exitCode, events) = await _fixture.RunAsync(_fixture.Spec(csv, "linear") with { OutputFolder = file });

        Assert.Equal(ExitCodes.Failed, exitCode);
        Assert.Equal("internal_error", Assert.IsType<ErrorEvent>(events[^1]).Code);
    }

    [Fact]
    public async Task RunAsync_Cancelled_FailsWithItsOwnCode()
    {
        var csv = _fixture.Write("data.csv", RunnerFixture.Csv(30));
        using var source = new CancellationTokenSource();
        await source.CancelAsync();

        var (exitCode, events) = await _fixture.RunAsync(_fixture.Spec(csv, "linear"), source.Token);

        Assert.Equal(ExitCodes.Failed, exitCode);
        Assert.Equal("cancelled", Assert.IsType<ErrorEvent>(events[^1]).Code);
    }

    [Fact]
    public async Task RunAsync_SameSpecTwice_SameModelBytes()
    {
        var csv = _fixture.Write("data.csv", RunnerFixture.Csv(2_000));
        var spec = _fixture.Spec(csv, "gbdt", ("subsample", "0.7"), ("seed", "5"), ("trees", "20"));

        await _fixture.RunAsync(spec);
        var first = File.ReadAllBytes(Path.Combine(_fixture.ModelFolder, "model.onnx"));
        await _fixture.RunAsync(spec);

        Assert.Equal(first, File.ReadAllBytes(Path.Combine(_fixture.ModelFolder, "model.onnx")));
    }

    public void Dispose() => _fixture.Dispose();

    private float Predict(string category)
    {
        using var model = OnnxModel.Open(Path.Combine(_fixture.ModelFolder, "model.onnx")).Value!;
        var probe = new Table([new NumericColumn("x", [3]), new CategoricalColumn("c", [0], [category])], 1);
        return model.Run(probe, [0], OnnxExporter.Prediction, CancellationToken.None).Value![0];
    }
}
