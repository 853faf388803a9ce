using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Experiments;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Runs;

/// <summary>MLflow's <c>runs/…</c>.</summary>
internal static class RunsApi
{
    private const int DefaultSearchResults = 1000;
    private const int MaxSearchResults = 50_000;

    public static void Map(RouteGroupBuilder mlflow)
    {
        var group = mlflow.MapGroup("/runs");
        group.MapPost("/create", CreateAsync);
        group.MapGet("/get", GetAsync);
        group.MapPost("/update", UpdateAsync);
        group.MapPost("/delete", DeleteAsync);
        group.MapPost("/restore", RestoreAsync);
        group.MapPost("/search", SearchAsync);
        group.MapPost("/log-metric", LogMetricAsync);
        group.MapPost("/log-parameter", LogParameterAsync);
        group.MapPost("/log-batch", LogBatchAsync);
        group.MapPost("/log-model", LogModelAsync);
        group.MapPost("/set-tag", SetTagAsync);
        group.MapPost("/delete-tag", DeleteTagAsync);
    }

    private static async Task<JsonHttpResult<RunAnswer>> CreateAsync(MlflowRequest request, RunStore runs, CancellationToken ct)
    {
        var experiment = request.Text("experiment_id") is { Length: > 0 } id ? ExperimentsApi.ParseId(id) : 0;
        var (name, tags) = RunRequests.ReadNameAndTags(request);
        var user = MlflowRules.CheckLength(request.Text("user_id") ?? "", MlflowRules.MaxNameLength, "User id");
        var run = new NewRun(experiment, name, user, request.Int64("start_time"), tags);
        return MlflowAnswer.Of(new RunAnswer(await runs.CreateAsync(run, ct)));
    }

    private static async Task<JsonHttpResult<RunAnswer>> GetAsync(MlflowRequest request, RunStore runs, CancellationToken ct) =>
        MlflowAnswer.Of(new RunAnswer(await runs.RequireAsync(RunId(request), ct)));

    private static async Task<JsonHttpResult<RunInfoAnswer>> UpdateAsync(MlflowRequest request, RunStore runs, CancellationToken ct)
    {
        var name = request.Text("run_name") is { Length: > 0 } given ? MlflowRules.Truncate(given, MlflowRules.MaxRunTagValueLength) : null;
        var info = await runs.UpdateAsync(RunId(request), RunRequests.ReadStatus(request), request.Int64("end_time"), name, ct);
        return MlflowAnswer.Of(new RunInfoAnswer(info));
    }

    private static async Task<JsonHttpResult<MlflowEmpty>> DeleteAsync(MlflowRequest request, RunStore runs, CancellationToken ct)
    {
        await runs.SetLifecycleAsync(RunId(request), LifecycleStage.Deleted, ct);
        return MlflowAnswer.Empty;
    }

    private static async Task<JsonHttpResult<MlflowEmpty>> RestoreAsync(MlflowRequest request, RunStore runs, CancellationToken ct)
    {
        await runs.SetLifecycleAsync(RunId(request), LifecycleStage.Active, ct);
        return MlflowAnswer.Empty;
    }

    private static async Task<JsonHttpResult<RunPage>> SearchAsync(MlflowRequest request, RunSearch runs, CancellationToken ct)
    {
        var query = new RunQuery(
            [.. request.Texts("experiment_ids").Select(ExperimentsApi.ParseId)],
            request.Text("filter"),
            ViewType.Stages(request.Choice("run_view_type")),
            request.Texts("order_by"),
            PageSize.Read(request, DefaultSearchResults, MaxSearchResults),
            request.Text("page_token")
        );
        return MlflowAnswer.Of(await runs.SearchAsync(query, ct));
    }

    private static async Task<JsonHttpResult<MlflowEmpty>> LogMetricAsync(MlflowRequest request, RunLogStore log, CancellationToken ct)
    {
        await log.LogAsync(RunId(request), new RunBatch { Metrics = [RunRequests.ReadMetric(request)] }, ct);
        return MlflowAnswer.Empty;
    }

    private static async Task<JsonHttpResult<MlflowEmpty>> LogParameterAsync(MlflowRequest request, RunLogStore log, CancellationToken ct)
    {
        await log.LogAsync(RunId(request), new RunBatch { Params = [RunRequests.ReadParam(request)] }, ct);
        return MlflowAnswer.Empty;
    }

    private static async Task<JsonHttpResult<MlflowEmpty>> LogBatchAsync(MlflowRequest request, RunLogStore log, CancellationToken ct)
    {
        await log.LogAsync(RunId(request), RunRequests.ReadBatch(request), ct);
        return MlflowAnswer.Empty;
    }

    private static async Task<JsonHttpResult<MlflowEmpty>> LogModelAsync(MlflowRequest request, RunLogStore log, CancellationToken ct)
    {
        var runId = RunId(request);
        await log.AppendModelAsync(runId, RunRequests.ReadModelJson(request), ct);
        return MlflowAnswer.Empty;
    }

    private static async Task<JsonHttpResult<MlflowEmpty>> SetTagAsync(MlflowRequest request, RunLogStore log, CancellationToken ct)
    {
        await log.LogAsync(RunId(request), new RunBatch { Tags = [RunRequests.ReadTag(request)] }, ct);
        return MlflowAnswer.Empty;
    }

    private static async Task<JsonHttpResult<MlflowEmpty>> DeleteTagAsync(MlflowRequest request, RunLogStore log, CancellationToken ct)
    {
        await log.DeleteTagAsync(RunId(request), request.RequiredText("key"), ct);
        return MlflowAnswer.Empty;
    }

    private static string RunId(MlflowRequest request) => MlflowRules.CheckRunId(request.RunId());
}
