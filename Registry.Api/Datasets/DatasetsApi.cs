using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Experiments;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Datasets;

/// <summary>MLflow's <c>runs/log-inputs</c>, <c>runs/outputs</c> and <c>experiments/search-datasets</c>.</summary>
internal static class DatasetsApi
{
    private const int MaxExperiments = 20;

    public static void Map(RouteGroupBuilder mlflow)
    {
        mlflow.MapPost("/runs/log-inputs", LogInputsAsync);
        mlflow.MapPost("/runs/outputs", LogOutputsAsync);
        mlflow.MapPost("/experiments/search-datasets", SearchAsync);
    }

    /// <summary>The path of MLflow's interface definition, which lacks a slash.</summary>
    public static void MapWithoutSlash(IEndpointRouteBuilder app) =>
        app.MapPost("/api/2.0mlflow/experiments/search-datasets", SearchAsync).Needs(Permission.SignedIn, On.Nothing);

    private static async Task<JsonHttpResult<MlflowEmpty>> LogInputsAsync(MlflowRequest request, RunLinkStore links, CancellationToken ct)
    {
        var runId = MlflowRules.CheckRunId(request.RunId());
        var (datasets, models) = (DatasetRequests.ReadInputs(request), DatasetRequests.ReadModels(request));
        if (datasets.Count == 0 && models.Count == 0)
        {
            throw MlflowRefusal.Missing("datasets");
        }
        await links.LogInputsAsync(runId, datasets, models, ct);
        return MlflowAnswer.Empty;
    }

    private static async Task<JsonHttpResult<MlflowEmpty>> LogOutputsAsync(MlflowRequest request, RunLinkStore links, CancellationToken ct)
    {
        var runId = MlflowRules.CheckRunId(request.RunId());
        var models = DatasetRequests.ReadModels(request);
        if (models.Count == 0)
        {
            throw MlflowRefusal.Missing("models");
        }
        await links.LogOutputsAsync(runId, models, ct);
        return MlflowAnswer.Empty;
    }

    private static async Task<JsonHttpResult<DatasetSummaryPage>> SearchAsync(
        MlflowRequest request,
        DatasetStore datasets,
        CancellationToken ct
    )
    {
        var ids = request.Texts("experiment_ids");
        if (ids.Count is 0 or > MaxExperiments)
        {
            throw MlflowRefusal.Invalid(
                ids.Count == 0
                    ? "SearchDatasets request must specify at least one experiment_id."
                    : $"SearchDatasets request cannot specify more than {MaxExperiments} experiment_ids. Received {ids.Count} experiment_ids."
            );
        }
        return MlflowAnswer.Of(new DatasetSummaryPage(await datasets.SearchAsync([.. ids.Select(ExperimentsApi.ParseId)], ct)));
    }
}
