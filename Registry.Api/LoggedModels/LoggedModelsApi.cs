using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Artifacts;
using Slipway.Registry.Api.Experiments;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.LoggedModels;

/// <summary>MLflow 3's <c>logged-models/…</c>.</summary>
internal static class LoggedModelsApi
{
    private const int DefaultSearchResults = 50;
    private const int MaxSearchResults = 1000;
    private const int MaxDatasets = 100;
    private const int MaxOrderKeys = 20;

    public static void Map(RouteGroupBuilder mlflow)
    {
        var group = mlflow.MapGroup("/logged-models");
        group.MapPost("", CreateAsync);
        group.MapPost("/search", SearchAsync);
        group.MapGet("/{model_id}", GetAsync);
        group.MapPatch("/{model_id}", FinalizeAsync);
        group.MapDelete("/{model_id}", DeleteAsync);
        group.MapPatch("/{model_id}/tags", SetTagsAsync);
        group.MapDelete("/{model_id}/tags/{**tag_key}", DeleteTagAsync);
        group.MapPost("/{model_id}/params", LogParamsAsync);
        group.MapGet("/{model_id}/artifacts/directories", ListArtifactsAsync);
    }

    private static async Task<JsonHttpResult<LoggedModelAnswer>> CreateAsync(
        MlflowRequest request,
        LoggedModelStore models,
        CancellationToken ct
    ) => MlflowAnswer.Of(new LoggedModelAnswer(await models.CreateAsync(LoggedModelRequests.ReadNew(request), ct)));

    private static async Task<JsonHttpResult<LoggedModelAnswer>> GetAsync(
        [FromRoute(Name = "model_id")] string modelId,
        MlflowRequest request,
        LoggedModelStore models,
        CancellationToken ct
    ) => MlflowAnswer.Of(new LoggedModelAnswer(await models.RequireAsync(modelId, request.Bool("allow_deleted") ?? false, ct)));

    private static async Task<JsonHttpResult<LoggedModelAnswer>> FinalizeAsync(
        [FromRoute(Name = "model_id")] string modelId,
        MlflowRequest request,
        LoggedModelStore models,
        CancellationToken ct
    ) => MlflowAnswer.Of(new LoggedModelAnswer(await models.FinalizeAsync(modelId, LoggedModelRequests.ReadStatus(request), ct)));

    private static async Task<JsonHttpResult<MlflowEmpty>> DeleteAsync(
        [FromRoute(Name = "model_id")] string modelId,
        LoggedModelStore models,
        CancellationToken ct
    )
    {
        await models.DeleteAsync(modelId, ct);
        return MlflowAnswer.Empty;
    }

    private static async Task<JsonHttpResult<LoggedModelAnswer>> SetTagsAsync(
        [FromRoute(Name = "model_id")] string modelId,
        MlflowRequest request,
        LoggedModelStore models,
        CancellationToken ct
    ) => MlflowAnswer.Of(new LoggedModelAnswer(await models.SetTagsAsync(modelId, LoggedModelRequests.ReadTags(request), ct)));

    private static async Task<JsonHttpResult<MlflowEmpty>> DeleteTagAsync(
        [FromRoute(Name = "model_id")] string modelId,
        [FromRoute(Name = "tag_key")] string tagKey,
        LoggedModelStore models,
        CancellationToken ct
    )
    {
        // The framework leaves encoded slashes in a catch-all path as they are.
        await models.DeleteTagAsync(modelId, tagKey.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase), ct);
        return MlflowAnswer.Empty;
    }

    private static async Task<JsonHttpResult<MlflowEmpty>> LogParamsAsync(
        [FromRoute(Name = "model_id")] string modelId,
        MlflowRequest request,
        LoggedModelStore models,
        CancellationToken ct
    )
    {
        await models.LogParamsAsync(modelId, LoggedModelRequests.ReadParams(request), ct);
        return MlflowAnswer.Empty;
    }

    private static async Task<JsonHttpResult<LoggedModelPage>> SearchAsync(
        MlflowRequest request,
        LoggedModelSearch models,
        CancellationToken ct
    )
    {
        var datasets = request.List("datasets");
        var order = request.List("order_by");
        if (datasets.Count > MaxDatasets || order.Count > MaxOrderKeys)
        {
            throw MlflowRefusal.Invalid(
                $"A search of logged models can name at most {MaxDatasets} datasets and {MaxOrderKeys} keys in `order_by`."
            );
        }
        var query = new LoggedModelQuery(
            [.. request.Texts("experiment_ids").Select(ExperimentsApi.ParseId)],
            request.Text("filter") is { Length: > 0 } filter ? filter : null,
            [.. datasets.Select(ReadDataset)],
            ReadOrder(order),
            PageSize.Read(request, DefaultSearchResults, MaxSearchResults),
            request.Text("page_token")
        );
        return MlflowAnswer.Of(await models.SearchAsync(query, ct));
    }

    private static async Task<JsonHttpResult<ArtifactPage>> ListArtifactsAsync(
        [FromRoute(Name = "model_id")] string modelId,
        MlflowRequest request,
        LoggedModelStore models,
        ArtifactStore artifacts,
        CancellationToken ct
    )
    {
        var model = await models.RequireAsync(modelId, allowDeleted: false, ct);
        return MlflowAnswer.Of(
            await RunArtifactsApi.PageAsync(
                artifacts,
                model.Info.ArtifactUri,
                request.Text("artifact_directory_path"),
                request.Text("page_token"),
                ct
            )
        );
    }

    private static (string Name, string? Digest) ReadDataset(MlflowRequest dataset) =>
        (
            dataset.Text("dataset_name") is { Length: > 0 } name
                ? name
                : throw MlflowRefusal.Invalid("`dataset_name` in the `datasets` clause must be specified."),
            dataset.Text("dataset_digest") is { Length: > 0 } digest ? digest : null
        );

    private static List<LoggedModelOrderBy> ReadOrder(IReadOnlyList<MlflowRequest> order)
    {
        var keys = order
            .Select(item => new LoggedModelOrderBy(
                item.Text("field_name") is { Length: > 0 } field
                    ? field
                    : throw MlflowRefusal.Invalid("`field_name` in the `order_by` clause must be specified."),
                item.Bool("ascending") ?? true,
                item.Text("dataset_name") is { Length: > 0 } name ? name : null,
                item.Text("dataset_digest") is { Length: > 0 } digest ? digest : null
            ))
            .ToList();
        return keys.DistinctBy(key => (key.FieldName, key.DatasetName, key.DatasetDigest)).Count() == keys.Count
            ? keys
            : throw MlflowRefusal.Invalid("`order_by` contains duplicate fields.");
    }
}
