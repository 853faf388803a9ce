using Slipway.Contracts.Mlflow;
using Slipway.Contracts.Training;
using Slipway.Training.Worker.Datasets;
using Slipway.Training.Worker.Registration;
using Slipway.Training.Worker.Runner;
using Slipway.Training.Worker.Storage;

namespace Slipway.Training.Worker.Jobs;

/// <summary>
/// What an attempt does, in order: fetch the data and the incumbent, start a run, train, upload, register, promote. Up to registration it may be
/// cancelled at any point; from there on it runs to its end, in another attempt if need be.
/// </summary>
internal sealed class JobSteps(
    JobClaims claims,
    DatasetFetcher datasets,
    IncumbentStore incumbents,
    RunRecorder runs,
    TrainingStep training,
    ModelRegistrar registrar
)
{
    /// <param name="job">The attempt.</param>
    /// <param name="wanted">Fires when the job is cancelled, and with <paramref name="owned"/>.</param>
    /// <param name="owned">Fires when this process stops or loses the job.</param>
    public async Task<JobOutcome> RunAsync(JobContext job, CancellationToken wanted, CancellationToken owned)
    {
        if (job.Claim.WasRegistering)
        {
            if (job.Claim.PreviousRunId is { } previous && await registrar.FindVersionAsync(job, previous, owned) is { } made)
            {
                job.Log.Write($"An earlier attempt has registered version {made} already.");
                job.RunId = previous;
                return await FinishAsync(job, previous, made, owned);
            }
            await WriteAsync(job, token => claims.UndoRegisteringAsync(job.Claim, token), owned);
        }
        var files = await datasets.FetchAsync(job, wanted);
        if (!files.IsOk)
        {
            return JobOutcome.Failed(files.Error.Code, files.Error.Message);
        }
        var incumbent = await incumbents.FetchAsync(job, wanted);
        job.Report(0.08, "Starting the run.");
        var run = await runs.StartAsync(job, wanted);
        await WriteAsync(job, token => claims.SetRunAsync(job.Claim, run.Info.RunId, token), wanted);
        await runs.LogInputsAsync(job, run, files.Value, wanted);
        var (result, failure) = await training.RunAsync(job, run, files.Value, incumbent, wanted);
        if (result is null)
        {
            return failure!;
        }
        job.Report(0.92, "Uploading the model.");
        await registrar.UploadAsync(job, run, result.ModelFolder, wanted);
        await registrar.UploadEvaluationAsync(job, run, wanted);
        await registrar.LogModelAsync(
            job,
            run,
            MlModelJson.FromYaml(await File.ReadAllTextAsync(Path.Combine(result.ModelFolder, "MLmodel"), wanted)),
            wanted
        );
        await TagIncumbentAsync(job, run, incumbent, result.Incumbent, wanted);
        if (!await job.CallAsync("database", token => claims.BeginRegisteringAsync(job.Claim, token), wanted))
        {
            // Cancelled a moment ago; or owned by somebody else, in which case this outcome is not written either.
            return JobOutcome.Cancelled();
        }
        job.Report(0.97, "Registering the version.");
        var version = await registrar.RegisterAsync(job, run, owned);
        return await FinishAsync(job, run.Info.RunId, version, owned);
    }

    private async Task TagIncumbentAsync(
        JobContext job,
        MlflowRun run,
        Incumbent? incumbent,
        IncumbentResult? measured,
        CancellationToken ct
    )
    {
        if (incumbent is null)
        {
            return;
        }
        if (measured?.Metrics is null)
        {
            job.Log.Write($"Version {incumbent.Version} could not be measured on these rows: {measured?.Code} {measured?.Message}");
            return;
        }
        await runs.TagAsync(job, run.Info.RunId, RunNames.IncumbentVersionTag, $"{incumbent.Version}", ct);
    }

    private async Task<JobOutcome> FinishAsync(JobContext job, string runId, int version, CancellationToken ct)
    {
        await runs.EndAsync(job, runId, MlflowRunStatus.Finished, ct);
        if (job.Claim.Request.PromoteTo is not { } environment)
        {
            return JobOutcome.Succeeded(version, null, $"Registered as version {version}.");
        }
        job.Report(0.99, $"Asking for promotion to {environment}.");
        var (promotion, refusal) = await registrar.PromoteAsync(job, version, environment, ct);
        return JobOutcome.Succeeded(
            version,
            promotion,
            refusal is null
                ? $"Registered as version {version}; promotion to {environment} asked for."
                : $"Registered as version {version}; promotion to {environment} was refused: {refusal}"
        );
    }

    private static async Task WriteAsync(JobContext job, Func<CancellationToken, Task<bool>> write, CancellationToken ct)
    {
        if (!await job.CallAsync("database", write, ct))
        {
            throw new LeaseLostException();
        }
    }
}
