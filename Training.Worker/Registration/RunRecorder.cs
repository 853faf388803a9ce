using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Contracts.Mlflow;
using Slipway.Contracts.Training;
using Slipway.Training.Worker.Datasets;
using Slipway.Training.Worker.Jobs;

namespace Slipway.Training.Worker.Registration;

/// <summary>Starts and ends the MLflow run of an attempt. Each attempt has a run of its own; one that a dead attempt left open is closed as failed.</summary>
internal sealed class RunRecorder(RemoteServices services, TimeProvider time)
{
    private const string AttemptTag = "slipway.attempt";
    private const string DatasetTagPrefix = "slipway.dataset.";
    private const string ContextTag = "mlflow.data.context";

    // MLflow's own limit.
    private const int MaxDatasetName = 500;

    public async Task<MlflowRun> StartAsync(JobContext job, CancellationToken ct)
    {
        var mlflow = new MlflowClient(services.Registry());
        var request = job.Claim.Request;
        var experiment = await job.CallAsync(
            RemoteServices.RegistryName,
            token => mlflow.GetOrCreateExperimentAsync(request.Experiment ?? request.ModelName, token),
            ct
        );
        var run = await job.CallAsync(
            RemoteServices.RegistryName,
            async token =>
                await FindOpenAsync(mlflow, job, experiment, token)
                ?? await mlflow.CreateRunAsync(experiment, RunName(job), Tags(job), time.GetUtcNow(), token),
            ct
        );
        job.RunId = run.Info.RunId;
        job.Log.Write($"Run {run.Info.RunId} in experiment '{request.Experiment ?? request.ModelName}'.");
        return run;
    }

    /// <summary>Says what the run is trained on. <paramref name="files"/> are the request's datasets, in its order.</summary>
    public async Task LogInputsAsync(JobContext job, MlflowRun run, IReadOnlyList<string> files, CancellationToken ct)
    {
        var mlflow = new MlflowClient(services.Registry());
        foreach (var (address, path) in job.Claim.Request.Datasets.Zip(files))
        {
            var facts = await DatasetFacts.ReadAsync(path, ct);
            var input = new MlflowDatasetInput
            {
                Tags = [new(ContextTag, "training")],
                Dataset = new()
                {
                    Name = address.Length <= MaxDatasetName ? address : Path.GetFileNameWithoutExtension(path),
                    Digest = facts.Digest,
                    SourceType = address[..address.IndexOf(':', StringComparison.Ordinal)],
                    Source = new JsonObject { ["uri"] = address }.ToJsonString(),
                    Schema = facts.Schema,
                    Profile = facts.Profile,
                },
            };
            // One at a time: the columns of many wide files are more than the registry takes in one request.
            await job.CallAsync(RemoteServices.RegistryName, token => mlflow.LogInputsAsync(run.Info.RunId, [input], null, token), ct);
        }
    }

    public Task EndAsync(JobContext job, string runId, string status, CancellationToken ct)
    {
        var mlflow = new MlflowClient(services.Registry());
        return job.CallAsync(RemoteServices.RegistryName, token => mlflow.UpdateRunAsync(runId, status, time.GetUtcNow(), token), ct);
    }

    public Task TagAsync(JobContext job, string runId, string key, string value, CancellationToken ct)
    {
        var mlflow = new MlflowClient(services.Registry());
        return job.CallAsync(RemoteServices.RegistryName, token => mlflow.SetTagAsync(runId, key, value, token), ct);
    }

    private static string RunName(JobContext job) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{job.Claim.Request.ModelName}-{job.Claim.Id.ToString("N")[..8]}{(job.Claim.Attempt > 1 ? $"-{job.Claim.Attempt}" : "")}"
        );

    private static Dictionary<string, string> Tags(JobContext job)
    {
        var request = job.Claim.Request;
        var tags = new Dictionary<string, string>
        {
            [RunNames.JobTag] = job.Claim.Id.ToString(),
            [AttemptTag] = Attempt(job),
            ["mlflow.source.name"] = "slipway-training",
            ["mlflow.source.type"] = "JOB",
        };
        if (request.Reason is { } reason)
        {
            tags[RunNames.ReasonTag] = reason;
        }
        for (var i = 0; i < request.Datasets.Count; i++)
        {
            tags[string.Create(CultureInfo.InvariantCulture, $"{DatasetTagPrefix}{i}")] = request.Datasets[i];
        }
        return tags;
    }

    private static string Attempt(JobContext job) => job.Claim.Fencing.ToString(CultureInfo.InvariantCulture);

    /// <summary>
    /// The run that this attempt created in a call whose answer was lost, if so. Open runs of earlier attempts are closed on the way.
    /// </summary>
    private async Task<MlflowRun?> FindOpenAsync(MlflowClient mlflow, JobContext job, string experiment, CancellationToken ct)
    {
        var page = await mlflow.SearchRunsAsync(
            new SearchRunsRequest
            {
                ExperimentIds = [experiment],
                Filter = $"tags.`{RunNames.JobTag}` = '{job.Claim.Id}'",
                MaxResults = 100,
            },
            ct
        );
        MlflowRun? own = null;
        foreach (var run in page.Runs.Where(run => run.Info.Status == MlflowRunStatus.Running))
        {
            if (run.Data.Tags.Any(tag => tag.Key == AttemptTag && tag.Value == Attempt(job)))
            {
                own = run;
            }
            else
            {
                await mlflow.UpdateRunAsync(run.Info.RunId, MlflowRunStatus.Failed, time.GetUtcNow(), ct);
            }
        }
        return own;
    }
}
