using System.Globalization;
using System.Security.Cryptography;
using Slipway.Training.Worker.Baselines;
using Slipway.Training.Worker.Data;
using Slipway.Training.Worker.Evaluation;
using Slipway.Training.Worker.Export;
using Slipway.Training.Worker.Trainers;

namespace Slipway.Training.Worker.Runner;

/// <summary>
/// One run from the files to the model folder: read, split, fit, export, measure new and incumbent model on the same rows, refit if asked,
/// describe. Wrong input is a value; see <see cref="TrainingRunner"/> for the process around it.
/// </summary>
internal sealed class TrainingRun(TrainingSpec spec, RunParameters parameters, EventWriter events, TimeProvider time)
{
    public async Task<Result<ResultEvent>> RunAsync(CancellationToken cancellationToken) =>
        // Off the caller's thread: everything below computes for minutes.
        await Task.Run(() => Run(cancellationToken), cancellationToken);

    private Result<ResultEvent> Run(CancellationToken cancellationToken)
    {
        events.Step(0, "reading data");
        var incumbent = OpenIncumbent(out var incumbentInputs);
        var read = CsvTableReader.Read(FeatureSelection.Request(spec, parameters, incumbentInputs), cancellationToken);
        if (!read.IsOk)
        {
            return read.Error;
        }
        var table = read.Value;
        var target = Target.Read(table, spec.Target, parameters.Task);
        if (!target.IsOk)
        {
            return target.Error;
        }
        var names = FeatureSelection.Choose(table, spec.Target, target.Value.Task, parameters);
        if (!names.IsOk)
        {
            return names.Error;
        }
        var split = RowSplit.Make(table.RowCount, parameters.Split, table.LastFileStart);
        return split.IsOk ? Fit(table, target.Value, names.Value, split.Value, incumbent, cancellationToken) : split.Error;
    }

    private Result<ResultEvent> Fit(
        Table table,
        Target target,
        string[] names,
        RowSplit split,
        IncumbentResult? incumbent,
        CancellationToken cancellationToken
    )
    {
        var task = target.Task == TaskKind.Regression ? "regression" : "classification";
        ReportData(table, task, names, split);
        var folder = new ModelFolder(spec.OutputFolder);
        events.EnterFit(0.1, parameters.Refit ? 0.5 : 0.8, metrics: true);
        events.Step(0.1, "training");
        var schema = FeatureSchema.Fit(table, names, split.Train, parameters.MaxCategories);
        var model = Train(parameters.Trainer, schema, table, target, split, cancellationToken);
        events.Params(model.Facts);
        folder.WriteModel(OnnxExporter.Export(spec.ModelName, schema.Features, model, target.Classes));

        events.Step(parameters.Refit ? 0.5 : 0.8, "evaluating");
        var evaluator = new ModelEvaluator(table, target, split.Holdout);
        var evaluated = evaluator.Evaluate(folder.ModelPath, cancellationToken);
        if (!evaluated.IsOk)
        {
            throw new InvalidOperationException($"The exported model does not run: {evaluated.Error.Message}");
        }
        ExportCheck.Compare(model.Score(schema.Select(table, split.Holdout)), evaluated.Value.Predictions, target.Classes);
        ReportMetrics("", evaluated.Value.Metrics);
        if (spec.IncumbentModelPath is not null && incumbent is null)
        {
            incumbent = EvaluateIncumbent(evaluator, target, split.Holdout, evaluated.Value, cancellationToken);
        }

        var rows = split.Train;
        if (parameters.Refit)
        {
            rows = [.. Enumerable.Range(0, table.RowCount)];
            events.EnterFit(0.6, 0.9, metrics: false);
            events.Step(0.6, "training on all rows");
            schema = FeatureSchema.Fit(table, names, rows, parameters.MaxCategories);
            model = Train(parameters.Trainer.ForRefit(model), schema, table, target, new RowSplit(rows, []), cancellationToken);
            folder.WriteModel(OnnxExporter.Export(spec.ModelName, schema.Features, model, target.Classes));
        }
        events.Step(0.9, "describing the model");
        folder.WriteBaseline(BaselineBuilder.Build(table, target, schema.Features, rows, split.Holdout, evaluated.Value));
        folder.WriteExample(table, schema.Features, rows);
        folder.WriteDescription(Describe(folder.ModelPath, schema.Features, target, task));
        events.Step(1, "done");
        return new ResultEvent(folder.Folder, task, rows.Length, split.Holdout.Length, names.Length, evaluated.Value.Metrics, incumbent);
    }

    private ITrainedModel Train(
        ITrainer trainer,
        FeatureSchema schema,
        Table table,
        Target target,
        RowSplit split,
        CancellationToken cancellationToken
    )
    {
        var data = new TrainingData(
            target.Task,
            target.Classes,
            schema.Select(table, split.Train),
            target.Select(split.Train),
            schema.Select(table, split.Holdout),
            target.Select(split.Holdout)
        )
        {
            Watched = split.Watched,
        };
        return trainer.Train(data, events, cancellationToken);
    }

    // The incumbent may read columns that this run leaves out, so its inputs are needed before the data is read.
    private IncumbentResult? OpenIncumbent(out IReadOnlyCollection<string> inputs)
    {
        inputs = [];
        if (spec.IncumbentModelPath is not { } path)
        {
            return null;
        }
        var opened = OnnxModel.Open(path);
        if (!opened.IsOk)
        {
            return new IncumbentResult(null, opened.Error.Code, opened.Error.Message);
        }
        using var model = opened.Value;
        inputs = [.. model.Inputs];
        return null;
    }

    private IncumbentResult EvaluateIncumbent(
        ModelEvaluator evaluator,
        Target target,
        int[] rows,
        ModelEvaluation candidate,
        CancellationToken cancellationToken
    )
    {
        var evaluated = evaluator.Evaluate(spec.IncumbentModelPath!, cancellationToken);
        if (!evaluated.IsOk)
        {
            return new IncumbentResult(null, evaluated.Error.Code, evaluated.Error.Message);
        }
        ReportMetrics(Contracts.Training.RunNames.IncumbentMetricPrefix, evaluated.Value.Metrics);
        EvaluationRowsWriter.Write(
            Path.Combine(spec.OutputFolder, Contracts.Training.EvaluationFile.Path),
            target,
            rows,
            candidate,
            evaluated.Value
        );
        return new IncumbentResult(evaluated.Value.Metrics, null, null);
    }

    private void ReportMetrics(string prefix, IReadOnlyDictionary<string, double> metrics)
    {
        foreach (var (key, value) in metrics)
        {
            events.Write(new MetricEvent(prefix + key, value, 0));
        }
    }

    private void ReportData(Table table, string task, string[] names, RowSplit split)
    {
        events.Params(parameters.Used.Where(pair => pair.Value.Length > 0));
        events.Params(
            new Dictionary<string, string>
            {
                ["trainer"] = spec.Trainer,
                ["task"] = task,
                ["target"] = spec.Target,
                ["feature_count"] = names.Length.ToString(CultureInfo.InvariantCulture),
                ["train_rows"] = split.Train.Length.ToString(CultureInfo.InvariantCulture),
                ["holdout_rows"] = split.Holdout.Length.ToString(CultureInfo.InvariantCulture),
            }
        );
        var empty = table.Columns.Select(column => column.Name).Except([.. names, .. parameters.Exclude, spec.Target]).ToArray();
        if (empty.Length > 0)
        {
            events.Write(new ParamEvent("empty_columns_left_out", string.Join(',', empty)));
        }
    }

    private MlModelFile Describe(string modelPath, IReadOnlyList<Feature> features, Target target, string task)
    {
        using var file = File.OpenRead(modelPath);
        return new MlModelFile
        {
            RunId = spec.RunId,
            // The same model of the same run always has the same name; another run's never.
            ModelUuid = Convert.ToHexStringLower(
                SHA256.HashData([.. SHA256.HashData(file), .. System.Text.Encoding.UTF8.GetBytes(spec.RunId)])
            )[..32],
            ModelSizeBytes = file.Length,
            CreatedAt = time.GetUtcNow(),
            Features = features,
            Classes = target.Classes,
            Metadata = new Dictionary<string, string>
            {
                ["task"] = task,
                ["target"] = spec.Target,
                ["trainer"] = spec.Trainer,
            },
        };
    }
}
