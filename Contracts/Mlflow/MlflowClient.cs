using System.Net;
using System.Net.Http.Headers;
using Slipway.Contracts.Http;

namespace Slipway.Contracts.Mlflow;

/// <summary>
/// Typed client of MLflow's REST API. Searches that give an <see cref="IAsyncEnumerable{T}"/> follow the pages. The <see cref="HttpClient"/> has the registry as base address. A refusal is an
/// <see cref="ApiException"/> whose <see cref="ApiException.Code"/> is MLflow's <c>error_code</c>.
/// </summary>
public sealed partial class MlflowClient(HttpClient http)
{
    private const string Api = "api/2.0/mlflow/";
    private const string Proxy = "api/2.0/mlflow-artifacts/artifacts";
    private const string AlreadyExists = "RESOURCE_ALREADY_EXISTS";

    /// <summary>The id of the experiment with this name; it is created when there is none.</summary>
    public async Task<string> GetOrCreateExperimentAsync(string name, CancellationToken ct = default)
    {
        var byName = $"{Api}experiments/get-by-name?experiment_name={Uri.EscapeDataString(name)}";
        if (await ApiHttp.FindAsync(http, byName, MlflowJson.For<ExperimentAnswer>(), ct) is { } found)
        {
            return found.Experiment.ExperimentId;
        }
        try
        {
            return (await PostAsync<CreateExperimentRequest, ExperimentCreated>("experiments/create", new(name), ct)).ExperimentId;
        }
        catch (ApiException e) when (e.Code == AlreadyExists)
        {
            // Somebody else created it between the two calls.
            return (await ApiHttp.GetAsync(http, byName, MlflowJson.For<ExperimentAnswer>(), ct)).Experiment.ExperimentId;
        }
    }

    /// <summary>Starts a run, in state RUNNING.</summary>
    public async Task<MlflowRun> CreateRunAsync(
        string experimentId,
        string? runName,
        IReadOnlyDictionary<string, string>? tags = null,
        DateTimeOffset? startTime = null,
        CancellationToken ct = default
    )
    {
        var request = new CreateRunRequest
        {
            ExperimentId = experimentId,
            RunName = runName,
            StartTime = startTime?.ToUnixTimeMilliseconds(),
            Tags = Pairs(tags),
        };
        return (await PostAsync<CreateRunRequest, RunAnswer>("runs/create", request, ct)).Run;
    }

    /// <summary>Logs any number of points, params and tags, cut into requests of the size that MLflow allows. Repeating it is harmless.</summary>
    public async Task LogBatchAsync(
        string runId,
        IReadOnlyList<MlflowMetric>? metrics = null,
        IReadOnlyDictionary<string, string>? parameters = null,
        IReadOnlyDictionary<string, string>? tags = null,
        CancellationToken ct = default
    )
    {
        foreach (var part in (metrics ?? []).Chunk(LogBatchRequest.MaxItems))
        {
            await LogPartAsync(new LogBatchRequest { RunId = runId, Metrics = part }, ct);
        }
        foreach (var part in Pairs(parameters).Chunk(LogBatchRequest.MaxPairs))
        {
            await LogPartAsync(new LogBatchRequest { RunId = runId, Params = part }, ct);
        }
        foreach (var part in Pairs(tags).Chunk(LogBatchRequest.MaxPairs))
        {
            await LogPartAsync(new LogBatchRequest { RunId = runId, Tags = part }, ct);
        }
    }

    /// <summary>Sets a tag of a run.</summary>
    public Task SetTagAsync(string runId, string key, string value, CancellationToken ct = default) =>
        PostAsync<SetRunTagRequest, MlflowEmpty>("runs/set-tag", new(runId, key, value), ct);

    /// <summary>Sets a run's state (see <see cref="MlflowRunStatus"/>) and the time of its end.</summary>
    public Task UpdateRunAsync(string runId, string status, DateTimeOffset? endTime = null, CancellationToken ct = default) =>
        PostAsync<UpdateRunRequest, RunInfoAnswer>("runs/update", new(runId, status, endTime?.ToUnixTimeMilliseconds()), ct);

    /// <summary>A run with its last metrics, params and tags.</summary>
    public async Task<MlflowRun> GetRunAsync(string runId, CancellationToken ct = default) =>
        (await ApiHttp.GetAsync(http, $"{Api}runs/get?run_id={Uri.EscapeDataString(runId)}", MlflowJson.For<RunAnswer>(), ct)).Run;

    /// <summary>A page of runs.</summary>
    public Task<RunPage> SearchRunsAsync(SearchRunsRequest request, CancellationToken ct = default) =>
        PostAsync<SearchRunsRequest, RunPage>("runs/search", request, ct);

    /// <summary>All points of a metric, in the order of their times and steps.</summary>
    public async Task<IReadOnlyList<MlflowMetric>> GetMetricHistoryAsync(string runId, string key, CancellationToken ct = default)
    {
        var path = $"{Api}metrics/get-history?run_id={Uri.EscapeDataString(runId)}&metric_key={Uri.EscapeDataString(key)}";
        var points = new List<MlflowMetric>();
        for (string? token = ""; token is not null; )
        {
            var page = await ApiHttp.GetAsync(http, $"{path}&page_token={Uri.EscapeDataString(token)}", MlflowJson.For<MetricPage>(), ct);
            points.AddRange(page.Metrics);
            token = page.NextPageToken;
        }
        return points;
    }

    /// <summary>Records the model's MLmodel file, as JSON, in the run's history of models.</summary>
    public Task LogModelAsync(string runId, string modelJson, CancellationToken ct = default) =>
        PostAsync<LogModelRequest, MlflowEmpty>("runs/log-model", new(runId, modelJson), ct);

    /// <summary>Creates the registered model unless it exists.</summary>
    public async Task EnsureRegisteredModelAsync(string name, CancellationToken ct = default)
    {
        try
        {
            await PostAsync<CreateRegisteredModelRequest, RegisteredModelAnswer>("registered-models/create", new(name), ct);
        }
        catch (ApiException e) when (e.Code == AlreadyExists)
        {
            // That is what was asked for.
        }
    }

    /// <summary>Registers the files at <paramref name="source"/> as the model's next version.</summary>
    public async Task<MlflowModelVersion> CreateModelVersionAsync(
        string name,
        string source,
        string? runId = null,
        IReadOnlyDictionary<string, string>? tags = null,
        CancellationToken ct = default
    )
    {
        var request = new CreateModelVersionRequest
        {
            Name = name,
            Source = source,
            RunId = runId,
            Tags = Pairs(tags),
        };
        return (await PostAsync<CreateModelVersionRequest, ModelVersionAnswer>("model-versions/create", request, ct)).ModelVersion;
    }

    /// <summary>A version.</summary>
    public async Task<MlflowModelVersion> GetModelVersionAsync(string name, string version, CancellationToken ct = default)
    {
        var path = $"{Api}model-versions/get?name={Uri.EscapeDataString(name)}&version={Uri.EscapeDataString(version)}";
        return (await ApiHttp.GetAsync(http, path, MlflowJson.For<ModelVersionAnswer>(), ct)).ModelVersion;
    }

    /// <summary>The version that an alias names, or null where model or alias do not exist.</summary>
    public async Task<MlflowModelVersion?> GetVersionByAliasAsync(string name, string alias, CancellationToken ct = default)
    {
        var path = $"{Api}registered-models/alias?name={Uri.EscapeDataString(name)}&alias={Uri.EscapeDataString(alias)}";
        using var response = await http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, ct);
        // An unknown alias is a 400 in MLflow, an unknown model a 404.
        return response.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.NotFound
            ? null
            : (await ApiHttp.ReadAsync(response, MlflowJson.For<ModelVersionAnswer>(), ct)).ModelVersion;
    }

    /// <summary>Points an alias to a version.</summary>
    public Task SetAliasAsync(string name, string alias, string version, CancellationToken ct = default) =>
        PostAsync<SetAliasRequest, MlflowEmpty>("registered-models/alias", new(name, alias, version), ct);

    /// <summary>Files and folders right below <paramref name="path"/> of a run's artifacts; their paths are relative to the run's root.</summary>
    public async Task<IReadOnlyList<MlflowFileInfo>> ListArtifactsAsync(string runId, string path = "", CancellationToken ct = default)
    {
        var query = $"{Api}artifacts/list?run_id={Uri.EscapeDataString(runId)}&path={Uri.EscapeDataString(path)}";
        return (await ApiHttp.GetAsync(http, query, MlflowJson.For<ArtifactPage>(), ct)).Files;
    }

    /// <summary>Uploads a file below an artifact address such as a run's <see cref="MlflowRunInfo.ArtifactUri"/>.</summary>
    public Task UploadArtifactAsync(string artifactUri, string relativePath, Stream content, CancellationToken ct = default) =>
        UploadArtifactToPathAsync(ArtifactUri.Join(StorePath(artifactUri), relativePath), content, ct);

    /// <summary>Uploads a file to a path of the artifact store, that is to <c>mlflow-artifacts:/path</c>.</summary>
    public async Task UploadArtifactToPathAsync(string path, Stream content, CancellationToken ct = default)
    {
        using var body = new StreamContent(content);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var response = await http.PutAsync($"{Proxy}/{Escape(path)}", body, ct);
        await ApiHttp.EnsureSuccessAsync(response, ct);
    }

    /// <summary>Downloads a file; <paramref name="path"/> is an address <c>mlflow-artifacts:/path</c> or the path alone.</summary>
    public async Task DownloadArtifactAsync(string path, Stream destination, CancellationToken ct = default)
    {
        using var response = await http.GetAsync($"{Proxy}/{Escape(StorePath(path))}", HttpCompletionOption.ResponseHeadersRead, ct);
        await ApiHttp.EnsureSuccessAsync(response, ct);
        await response.Content.CopyToAsync(destination, ct);
    }

    private static string StorePath(string uriOrPath) => ArtifactUri.TryGetPath(uriOrPath, out var path) ? path : uriOrPath.TrimStart('/');

    private static string Escape(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    private static MlflowKeyValue[] Pairs(IReadOnlyDictionary<string, string>? pairs) =>
        [.. (pairs ?? new Dictionary<string, string>()).Select(p => new MlflowKeyValue(p.Key, p.Value))];

    private Task<MlflowEmpty> LogPartAsync(LogBatchRequest part, CancellationToken ct) =>
        PostAsync<LogBatchRequest, MlflowEmpty>("runs/log-batch", part, ct);

    private Task<TOut> PostAsync<TIn, TOut>(string route, TIn body, CancellationToken ct) =>
        ApiHttp.SendAsync(http, HttpMethod.Post, Api + route, body, MlflowJson.For<TIn>(), MlflowJson.For<TOut>(), ct);
}
