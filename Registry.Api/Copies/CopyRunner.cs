using System.Globalization;
using System.Net.Http.Headers;
using Slipway.Contracts.Http;
using Slipway.Contracts.Mlflow;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Experiments;
using Slipway.Registry.Api.Mlflow;
using Slipway.Registry.Api.Models;
using Slipway.Registry.Api.Runs;

namespace Slipway.Registry.Api.Copies;

/// <summary>Makes one copy: asks the other registry what the version is, fetches its files, and registers them here with where they came from.</summary>
internal sealed class CopyRunner(
    IHttpClientFactory clients,
    CopySources sources,
    CopyStore copies,
    CopyFiles files,
    ExperimentStore experiments,
    RunStore runs,
    RunLogStore logs,
    RegisteredModelStore models,
    ModelVersionStore versions
)
{
    public const string ClientName = "copies";
    private const string Experiment = "Copies";

    /// <summary>The version here.</summary>
    public async Task<int> RunAsync(CopyClaim claim, CancellationToken ct)
    {
        var copy = claim.Copy;
        if (await copies.FindVersionAsync(copy.Id, ct) is { } made)
        {
            return made;
        }
        using var http = Connect(copy);
        var version = await AskAsync(copy, http, ct);
        var run = version.RunId is { Length: > 0 } id ? await FindRunAsync(http, id, ct) : null;
        await files.FetchAsync(claim, http, version.Files, ct);
        return await RegisterAsync(copy, version, run, ct);
    }

    private HttpClient Connect(Copy copy)
    {
        // Looked up again: the list may have changed since the request.
        var from = sources.Find(copy.From) ?? throw new CopyFailedException($"'{copy.From}' is no source any more.");
        var http = clients.CreateClient(ClientName);
        http.BaseAddress = from;
        if (sources.TokenOf(from) is { } token)
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
        return http;
    }

    private static async Task<ModelVersionOverview> AskAsync(Copy copy, HttpClient http, CancellationToken ct) =>
        await new RegistryClient(http).FindVersionAsync(copy.Model, copy.Version, ct)
        ?? throw new CopyFailedException($"The other registry has no version {copy.Version} of '{copy.Model}'.");

    private static async Task<MlflowRun?> FindRunAsync(HttpClient http, string runId, CancellationToken ct)
    {
        try
        {
            return await new MlflowClient(http).GetRunAsync(runId, ct);
        }
        catch (ApiException)
        {
            // The run is gone, or not for this token: the version is worth having without it.
            return null;
        }
    }

    private async Task<int> RegisterAsync(Copy copy, ModelVersionOverview version, MlflowRun? run, CancellationToken ct)
    {
        try
        {
            await models.CreateAsync(new NewModel(copy.As, null, null, null, []), ct);
        }
        catch (MlflowRefusal e) when (e.ErrorCode == MlflowErrorCodes.ResourceAlreadyExists)
        {
            // That is what is wanted.
        }
        var runId = run is null ? null : await CopyRunAsync(copy, run, ct);
        var made = await versions.CreateAsync(
            new NewVersion(
                copy.As,
                ArtifactUri.Of(CopyFiles.FolderOf(copy.Id)),
                runId,
                null,
                null,
                "",
                $"Copied from {copy.From} {copy.Model} version {copy.Version}.",
                [.. Tags(copy, version).Select(tag => new MlflowKeyValue(tag.Key, tag.Value))]
            ),
            ct
        );
        return int.Parse(made.Version, CultureInfo.InvariantCulture);
    }

    private static Dictionary<string, string> Tags(Copy copy, ModelVersionOverview version)
    {
        var tags = new Dictionary<string, string>(version.Tags, StringComparer.Ordinal)
        {
            [CopyTags.CopyId] = copy.Id.ToString(),
            [CopyTags.Registry] = copy.From,
            [CopyTags.Model] = copy.Model,
            [CopyTags.Version] = copy.Version.ToString(CultureInfo.InvariantCulture),
        };
        if (version.RunId is { Length: > 0 } run)
        {
            tags[CopyTags.RunId] = run;
        }
        return tags;
    }

    /// <summary>A run of its own here, with the other's numbers: gates compare them.</summary>
    private async Task<string> CopyRunAsync(Copy copy, MlflowRun run, CancellationToken ct)
    {
        var experiment = await experiments.FindByNameAsync(Experiment, ct);
        var experimentId = experiment?.ExperimentId ?? await experiments.CreateAsync(Experiment, null, [], ct);
        MlflowKeyValue[] own = [new(CopyTags.CopyId, copy.Id.ToString()), new(CopyTags.RunId, run.Info.RunId)];
        var name = $"{copy.Model}-{copy.Version}";
        var made = await runs.CreateAsync(
            new NewRun(long.Parse(experimentId, CultureInfo.InvariantCulture), name, "", null, [new(RunTags.RunName, name), .. own]),
            ct
        );
        await logs.LogAsync(
            made.Info.RunId,
            new RunBatch
            {
                // Logged models stay where they are.
                Metrics = [.. run.Data.Metrics.Select(metric => metric with { ModelId = null })],
                Params = run.Data.Params,
                // The other registry's own tags speak of its jobs and paths.
                Tags = [.. run.Data.Tags.Where(t => !t.Key.StartsWith("mlflow.", StringComparison.Ordinal) && t.Key != CopyTags.RunId)],
            },
            ct
        );
        await runs.UpdateAsync(made.Info.RunId, MlflowRunStatus.Finished, null, null, ct);
        return made.Info.RunId;
    }
}
