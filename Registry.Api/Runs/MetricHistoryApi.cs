using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Runs;

/// <summary>MLflow's <c>metrics/get-history</c> and its two relatives for many runs.</summary>
internal static class MetricHistoryApi
{
    /// <summary>The most points that one answer about many runs holds (of each run, where it samples).</summary>
    public const int MaxBulkPoints = 25_000;

    private const int MaxPoints = 100_000;
    private const int MaxRuns = 100;
    private const int MaxSampledSteps = 2500;

    public static void Map(RouteGroupBuilder mlflow)
    {
        mlflow.MapGet("/metrics/get-history", GetAsync);
        mlflow.MapGet("/metrics/get-history-bulk", GetBulkAsync);
        MapInterval(mlflow);
    }

    /// <summary>Also served where MLflow's interface definition puts it, under <c>2.11</c>.</summary>
    public static void MapInterval(RouteGroupBuilder mlflow) => mlflow.MapGet("/metrics/get-history-bulk-interval", GetIntervalAsync);

    private static async Task<JsonHttpResult<MetricPage>> GetAsync(MlflowRequest request, MetricHistoryStore history, CancellationToken ct)
    {
        var runId = MlflowRules.CheckRunId(request.RunId());
        var key = request.RequiredText("metric_key");
        // Zero means as many as there are: the real server answers it with nothing, which loses data in its clients.
        var size = request.Int64("max_results") is { } asked and > 0 ? (int)Math.Min(asked, MaxPoints) : MaxPoints;
        return MlflowAnswer.Of(await history.PageAsync(runId, key, size, request.Text("page_token"), ct));
    }

    private static async Task<JsonHttpResult<MetricPage>> GetBulkAsync(
        MlflowRequest request,
        MetricHistoryStore history,
        CancellationToken ct
    )
    {
        var runs = request.Texts("run_id") is { Count: > 0 } ids ? ids : request.Texts("run_uuid");
        if (runs.Count is 0 or > MaxRuns)
        {
            throw MlflowRefusal.Invalid(
                runs.Count == 0
                    ? "GetMetricHistoryBulk request must specify at least one run_id."
                    : $"GetMetricHistoryBulk request cannot specify more than {MaxRuns} run_ids. Received {runs.Count} run_ids."
            );
        }
        var key = request.Text("metric_key") ?? throw MlflowRefusal.Invalid("GetMetricHistoryBulk request must specify a metric_key.");
        var limit = request.Int64("max_results") is { } asked and > 0 ? (int)Math.Min(asked, MaxBulkPoints) : MaxBulkPoints;
        return MlflowAnswer.Of(new MetricPage(await history.BulkAsync([.. runs], key, limit, ct), null));
    }

    private static async Task<JsonHttpResult<MetricPage>> GetIntervalAsync(
        MlflowRequest request,
        MetricHistoryStore history,
        CancellationToken ct
    )
    {
        var runs = request.Texts("run_ids");
        if (runs.Count is 0 or > MaxRuns)
        {
            throw runs.Count == 0
                ? MlflowRefusal.Missing("run_ids")
                : MlflowRefusal.Invalid(
                    $"GetMetricHistoryBulkInterval request must specify at most {MaxRuns} run_ids. Received {runs.Count} run_ids."
                );
        }
        var key = request.RequiredText("metric_key");
        var limit = request.Int64("max_results") ?? MaxSampledSteps;
        if (limit is < 1 or > MaxSampledSteps)
        {
            throw MlflowRefusal.Invalid(
                $"Invalid value {limit} for parameter 'max_results' supplied: max_results must be between 1 and {MaxSampledSteps}."
            );
        }
        var range = ReadRange(request);
        return MlflowAnswer.Of(
            new MetricPage(await history.SampleAsync([.. runs.Distinct(StringComparer.Ordinal)], key, range, (int)limit, ct), null)
        );
    }

    private static (long Start, long End)? ReadRange(MlflowRequest request)
    {
        var (start, end) = (request.Int64("start_step"), request.Int64("end_step"));
        if (start is null != end is null)
        {
            throw MlflowRefusal.Invalid("If either start step or end step are specified, both must be specified.");
        }
        if (start > end)
        {
            throw MlflowRefusal.Invalid($"end_step must be greater than start_step. Found start_step={start} and end_step={end}.");
        }
        return start is null ? null : (start.Value, end!.Value);
    }
}
