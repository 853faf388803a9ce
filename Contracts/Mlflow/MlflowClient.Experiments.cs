using System.Text.Json.Nodes;
using Slipway.Contracts.Http;

namespace Slipway.Contracts.Mlflow;

/// <content>Experiments, and the rest of runs.</content>
public sealed partial class MlflowClient
{
    /// <summary>Creates an experiment and gives its id.</summary>
    public async Task<string> CreateExperimentAsync(
        string name,
        string? artifactLocation = null,
        IReadOnlyDictionary<string, string>? tags = null,
        CancellationToken ct = default
    ) =>
        (
            await PostAsync<ExperimentCreated>(
                "experiments/create",
                Body(("name", name), ("artifact_location", artifactLocation), ("tags", TagList(tags))),
                ct
            )
        ).ExperimentId;

    /// <summary>An experiment, deleted ones included.</summary>
    public async Task<MlflowExperiment> GetExperimentAsync(string experimentId, CancellationToken ct = default) =>
        (await GetAsync<ExperimentAnswer>("experiments/get", ct, ("experiment_id", experimentId))).Experiment;

    /// <summary>The experiment with this name, or null.</summary>
    public async Task<MlflowExperiment?> GetExperimentByNameAsync(string name, CancellationToken ct = default) =>
        (
            await ApiHttp.FindAsync(
                http,
                Path("experiments/get-by-name", ("experiment_name", name)),
                MlflowJson.For<ExperimentAnswer>(),
                ct
            )
        )?.Experiment;

    /// <summary>All experiments that a filter finds, page by page.</summary>
    public IAsyncEnumerable<MlflowExperiment> SearchExperimentsAsync(
        string? filter = null,
        IReadOnlyList<string>? orderBy = null,
        string viewType = "ACTIVE_ONLY",
        int pageSize = 1000
    ) =>
        Pages(
            (token, ct) =>
                PostAsync<ExperimentPage>(
                    "experiments/search",
                    Body(
                        ("filter", filter),
                        ("order_by", List(orderBy)),
                        ("view_type", viewType),
                        ("max_results", pageSize),
                        ("page_token", token)
                    ),
                    ct
                ),
            page => (page.Experiments, page.NextPageToken)
        );

    /// <summary>Gives an experiment another name.</summary>
    public Task RenameExperimentAsync(string experimentId, string newName, CancellationToken ct = default) =>
        PostAsync<MlflowEmpty>("experiments/update", Body(("experiment_id", experimentId), ("new_name", newName)), ct);

    /// <summary>Deletes an experiment and its runs; <see cref="RestoreExperimentAsync"/> brings them back.</summary>
    public Task DeleteExperimentAsync(string experimentId, CancellationToken ct = default) =>
        PostAsync<MlflowEmpty>("experiments/delete", Body(("experiment_id", experimentId)), ct);

    /// <summary>Brings back a deleted experiment with its runs.</summary>
    public Task RestoreExperimentAsync(string experimentId, CancellationToken ct = default) =>
        PostAsync<MlflowEmpty>("experiments/restore", Body(("experiment_id", experimentId)), ct);

    /// <summary>Sets a tag of an experiment.</summary>
    public Task SetExperimentTagAsync(string experimentId, string key, string value, CancellationToken ct = default) =>
        PostAsync<MlflowEmpty>("experiments/set-experiment-tag", Body(("experiment_id", experimentId), ("key", key), ("value", value)), ct);

    /// <summary>Deletes a tag of an experiment.</summary>
    public Task DeleteExperimentTagAsync(string experimentId, string key, CancellationToken ct = default) =>
        PostAsync<MlflowEmpty>("experiments/delete-experiment-tag", Body(("experiment_id", experimentId), ("key", key)), ct);

    /// <summary>All runs that a request finds, page by page; <see cref="SearchRunsRequest.MaxResults"/> is the size of a page.</summary>
    public IAsyncEnumerable<MlflowRun> SearchAllRunsAsync(SearchRunsRequest request) =>
        Pages((token, ct) => SearchRunsAsync(request with { PageToken = token }, ct), page => (page.Runs, page.NextPageToken));

    /// <summary>Logs one point of a metric.</summary>
    public Task LogMetricAsync(
        string runId,
        string key,
        double value,
        DateTimeOffset timestamp,
        long step = 0,
        CancellationToken ct = default
    )
    {
        var metric = new MlflowMetric
        {
            Key = key,
            Value = value,
            Timestamp = timestamp.ToUnixTimeMilliseconds(),
            Step = step,
        };
        return LogBatchAsync(runId, [metric], ct: ct);
    }

    /// <summary>Logs a param; another value for a key that has one is refused.</summary>
    public Task LogParamAsync(string runId, string key, string value, CancellationToken ct = default) =>
        PostAsync<MlflowEmpty>("runs/log-parameter", Body(("run_id", runId), ("key", key), ("value", value)), ct);

    /// <summary>Deletes a tag of a run.</summary>
    public Task DeleteTagAsync(string runId, string key, CancellationToken ct = default) =>
        PostAsync<MlflowEmpty>("runs/delete-tag", Body(("run_id", runId), ("key", key)), ct);

    /// <summary>Deletes a run; <see cref="RestoreRunAsync"/> brings it back.</summary>
    public Task DeleteRunAsync(string runId, CancellationToken ct = default) =>
        PostAsync<MlflowEmpty>("runs/delete", Body(("run_id", runId)), ct);

    /// <summary>Brings back a deleted run.</summary>
    public Task RestoreRunAsync(string runId, CancellationToken ct = default) =>
        PostAsync<MlflowEmpty>("runs/restore", Body(("run_id", runId)), ct);

    private static JsonArray? TagList(IReadOnlyDictionary<string, string>? tags) =>
        tags is null ? null : [.. tags.Select(tag => (JsonNode)Body(("key", tag.Key), ("value", tag.Value)))];

    private static JsonArray? List(IReadOnlyList<string>? texts) => texts is null ? null : [.. texts.Select(text => (JsonNode)text)];
}
