using System.Globalization;
using System.Text.Json;
using Slipway.Contracts.Mlflow;
using Slipway.Training.Worker.Data;
using Slipway.Training.Worker.Registration;
using Slipway.Training.Worker.Runner;

namespace Slipway.Training.Worker.Jobs;

/// <summary>The step that trains: writes the spec, runs the training program, and passes its events on to progress, log and run.</summary>
internal sealed class TrainingStep(TrainerProcess trainer, RemoteServices services, TrainingOptions options, TimeProvider time)
{
    private const double Begin = 0.1;
    private const double Share = 0.8;

    /// <summary>The result, or the outcome of an attempt that has none.</summary>
    public async Task<(ResultEvent? Result, JobOutcome? Failure)> RunAsync(
        JobContext job,
        MlflowRun run,
        IReadOnlyList<string> datasets,
        Incumbent? incumbent,
        CancellationToken ct
    )
    {
        var spec = await WriteSpecAsync(job, run, datasets, incumbent, ct);
        await using var metrics = new MetricStream(job, new MlflowClient(services.Registry()), run.Info.RunId, time, ct);
        TrainingEvent? last = null;
        var exit = await trainer.RunAsync(
            spec,
            async line =>
            {
                var parsed = Parse(line);
                // A line of some library's own may follow the trainer's last word.
                last = parsed ?? last;
                await PassOnAsync(job, metrics, line, parsed, ct);
            },
            line => job.Log.Write($"stderr: {line}"),
            ct
        );
        if (Fault(exit, last) is { } failure)
        {
            return (null, failure);
        }
        await metrics.CompleteAsync();
        return ((ResultEvent)last!, null);
    }

    private static TrainingEvent? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, RunnerJson.Default.TrainingEvent);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            // Something in the child printed a line of its own: it is kept in the log.
            return null;
        }
    }

    private static async ValueTask PassOnAsync(
        JobContext job,
        MetricStream metrics,
        string line,
        TrainingEvent? parsed,
        CancellationToken ct
    )
    {
        switch (parsed)
        {
            case ProgressEvent progress:
                job.Report(Begin + (Share * progress.Fraction), progress.Message);
                job.Log.Write(string.Create(CultureInfo.InvariantCulture, $"{progress.Fraction:P0} {progress.Message}"));
                break;
            case MetricEvent metric:
                job.Log.Write(string.Create(CultureInfo.InvariantCulture, $"{metric.Key} = {metric.Value} (step {metric.Step})"));
                await metrics.MetricAsync(metric.Key, metric.Value, metric.Step, ct);
                break;
            case ParamEvent param:
                job.Log.Write($"parameter {param.Key} = {param.Value}");
                await metrics.ParamAsync(param.Key, param.Value, ct);
                break;
            case ErrorEvent error:
                job.Log.Write($"error {error.Code}: {error.Message}");
                break;
            case ResultEvent result:
                job.Log.Write(
                    $"Trained a {result.Task} model: {result.TrainRows} rows, {result.HoldoutRows} of holdout, {result.FeatureCount} features."
                );
                break;
            default:
                job.Log.Write(line);
                break;
        }
    }

    private JobOutcome? Fault(TrainerExit exit, TrainingEvent? last) =>
        exit switch
        {
            { Killed: TrainerLimit.Time } => JobOutcome.Failed(
                "time_limit",
                $"Training took longer than {options.TimeLimit} and was stopped (Training:TimeLimit)."
            ),
            { Killed: TrainerLimit.Memory } => JobOutcome.Failed(
                "memory_limit",
                $"Training used more than {options.MemoryLimitBytes} bytes of memory and was stopped (Training:MemoryLimitBytes)."
            ),
            { Code: ExitCodes.Done } when last is ResultEvent => null,
            { Code: ExitCodes.BadInput } when last is ErrorEvent error => JobOutcome.Failed(error.Code, error.Message),
            _ => JobOutcome.Retry(
                last is ErrorEvent error
                    ? $"The training program failed: {error.Message}"
                    : $"The training program ended with exit code {exit.Code}."
            ),
        };

    private async Task<string> WriteSpecAsync(
        JobContext job,
        MlflowRun run,
        IReadOnlyList<string> datasets,
        Incumbent? incumbent,
        CancellationToken ct
    )
    {
        var request = job.Claim.Request;
        var spec = new TrainingSpec
        {
            Datasets = datasets,
            Target = request.Target,
            Trainer = request.Trainer,
            Task = request.Task,
            Parameters = request.Parameters,
            OutputFolder = job.Folder,
            IncumbentModelPath = incumbent?.ModelPath,
            ModelName = request.ModelName,
            RunId = run.Info.RunId,
            Limits = new CsvLimits { MaxFileBytes = options.MaxDatasetBytes },
        };
        var path = Path.Combine(job.Folder, "spec.json");
        await using var file = File.Create(path);
        await JsonSerializer.SerializeAsync(file, spec, RunnerJson.Default.TrainingSpec, ct);
        return path;
    }
}
