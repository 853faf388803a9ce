using System.Globalization;
using Slipway.Contracts.Http;
using Slipway.Contracts.Mlflow;
using Slipway.Contracts.Registry;
using Slipway.Contracts.Training;
using Slipway.Training.Worker.Jobs;

namespace Slipway.Training.Worker.Registration;

/// <summary>Brings a trained model into the registry: its files, its version, its promotion. Each step may be repeated without doing a thing twice.</summary>
internal sealed class ModelRegistrar(RemoteServices services)
{
    /// <summary>The folder of the model below the run's artifacts.</summary>
    public const string ArtifactPath = "model";

    /// <summary>Uploads every file of <paramref name="folder"/> to <c>model/</c> of the run.</summary>
    public async Task UploadAsync(JobContext job, MlflowRun run, string folder, CancellationToken ct)
    {
        var mlflow = new MlflowClient(services.Registry());
        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var relative = Path.GetRelativePath(folder, path).Replace('\\', '/');
            await job.CallAsync(
                RemoteServices.RegistryName,
                async token =>
                {
                    await using var content = File.OpenRead(path);
                    await mlflow.UploadArtifactAsync(run.Info.ArtifactUri, ArtifactUri.Join(ArtifactPath, relative), content, token);
                },
                ct
            );
        }
    }

    /// <summary>Uploads the results by row, where the trainer has written any.</summary>
    public async Task UploadEvaluationAsync(JobContext job, MlflowRun run, CancellationToken ct)
    {
        var mlflow = new MlflowClient(services.Registry());
        var path = Path.Combine(job.Folder, EvaluationFile.Path);
        if (!File.Exists(path))
        {
            return;
        }
        if (new FileInfo(path).Length > EvaluationFile.MaxBytes)
        {
            job.Log.Write(
                $"The results by row are larger than {EvaluationFile.MaxBytes} bytes and are not kept; the gate compares the numbers alone."
            );
            return;
        }
        await job.CallAsync(
            RemoteServices.RegistryName,
            async token =>
            {
                await using var content = File.OpenRead(path);
                await mlflow.UploadArtifactAsync(run.Info.ArtifactUri, EvaluationFile.Path, content, token);
            },
            ct
        );
    }

    /// <summary>Makes the model known as the run's.</summary>
    public Task LogModelAsync(JobContext job, MlflowRun run, string modelJson, CancellationToken ct)
    {
        var mlflow = new MlflowClient(services.Registry());
        return job.CallAsync(RemoteServices.RegistryName, token => mlflow.LogModelAsync(run.Info.RunId, modelJson, token), ct);
    }

    /// <summary>The version that was made from the run, or null.</summary>
    public Task<int?> FindVersionAsync(JobContext job, string runId, CancellationToken ct) =>
        job.CallAsync(RemoteServices.RegistryName, token => FindOnceAsync(job, runId, token), ct);

    /// <summary>The version of the run: the one that a call whose answer was lost has made, or a new one.</summary>
    public Task<int> RegisterAsync(JobContext job, MlflowRun run, CancellationToken ct)
    {
        var mlflow = new MlflowClient(services.Registry());
        var request = job.Claim.Request;
        return job.CallAsync(
            RemoteServices.RegistryName,
            async token =>
            {
                await mlflow.EnsureRegisteredModelAsync(request.ModelName, token);
                if (await FindOnceAsync(job, run.Info.RunId, token) is { } version)
                {
                    return version;
                }
                var tags = new Dictionary<string, string> { [RunNames.JobTag] = job.Claim.Id.ToString() };
                var source = ArtifactUri.Join(run.Info.ArtifactUri, ArtifactPath);
                var created = await mlflow.CreateModelVersionAsync(request.ModelName, source, run.Info.RunId, tags, token);
                return int.Parse(created.Version, CultureInfo.InvariantCulture);
            },
            ct
        );
    }

    /// <summary>Asks for the promotion that the job wants; a refusal is text, because the model is trained and registered all the same.</summary>
    public async Task<(Guid? Promotion, string? Refusal)> PromoteAsync(
        JobContext job,
        int version,
        string environment,
        CancellationToken ct
    )
    {
        var registry = new RegistryClient(services.Registry());
        var request = new PromotionRequest
        {
            Model = job.Claim.Request.ModelName,
            Version = version,
            Environment = environment,
            Comment = job.Claim.Request.Reason ?? "Training job",
            IdempotencyKey = job.Claim.Id.ToString(),
        };
        try
        {
            var promotion = await job.CallAsync(RemoteServices.RegistryName, token => registry.PromoteAsync(request, token), ct);
            return (promotion.Id, null);
        }
        catch (ApiException e)
        {
            return (null, e.Message);
        }
    }

    private async Task<int?> FindOnceAsync(JobContext job, string runId, CancellationToken ct)
    {
        var model = await new RegistryClient(services.Registry()).FindModelAsync(job.Claim.Request.ModelName, ct);
        return model?.Versions.FirstOrDefault(version => version.RunId == runId)?.Version;
    }
}
