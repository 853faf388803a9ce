using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Models;

/// <summary>MLflow's <c>model-versions/…</c>.</summary>
internal static class ModelVersionsApi
{
    private const int MaxSearchResults = 200_000;
    private const int MaxSourceLength = 4096;

    public static void Map(RouteGroupBuilder mlflow)
    {
        var group = mlflow.MapGroup("/model-versions");
        group.MapPost("/create", CreateAsync);
        group.MapGet("/get", GetAsync);
        group.MapGet("/search", SearchAsync);
        group.MapPatch("/update", UpdateAsync);
        group.MapDelete("/delete", DeleteAsync);
        group.MapGet("/get-download-uri", GetDownloadUriAsync);
        group.MapPost("/transition-stage", TransitionStageAsync);
        group.MapPost("/set-tag", SetTagAsync);
        group.MapDelete("/delete-tag", DeleteTagAsync);
    }

    private static async Task<JsonHttpResult<ModelVersionAnswer>> CreateAsync(
        MlflowRequest request,
        Caller caller,
        ModelVersionStore versions,
        CancellationToken ct
    )
    {
        var version = new NewVersion(
            RegisteredModelsApi.ReadName(request),
            MlflowRules.CheckLength(request.RequiredText("source"), MaxSourceLength, "Source"),
            request.Text("run_id") is { Length: > 0 } runId ? MlflowRules.CheckRunId(runId) : null,
            request.Text("model_id") is { Length: > 0 } modelId ? MlflowRules.CheckRunId(modelId) : null,
            RegisteredModelsApi.AuthorOf(caller),
            MlflowRules.CheckLength(request.Text("run_link") ?? "", MaxSourceLength, "Run link"),
            RegisteredModelsApi.ReadDescription(request) ?? "",
            Tags.ReadAll(request)
        );
        return MlflowAnswer.Of(new ModelVersionAnswer(await versions.CreateAsync(version, ct)));
    }

    private static async Task<JsonHttpResult<ModelVersionAnswer>> GetAsync(
        MlflowRequest request,
        ModelVersionReader versions,
        CancellationToken ct
    )
    {
        var (name, version) = ReadKey(request);
        return MlflowAnswer.Of(new ModelVersionAnswer(await versions.RequireAsync(name, version, ct)));
    }

    private static async Task<JsonHttpResult<ModelVersionPage>> SearchAsync(
        MlflowRequest request,
        ModelVersionReader versions,
        CancellationToken ct
    ) =>
        MlflowAnswer.Of(
            await versions.SearchAsync(
                request.Text("filter"),
                request.Texts("order_by"),
                PageSize.Read(request, MaxSearchResults, MaxSearchResults),
                request.Text("page_token"),
                ct
            )
        );

    private static async Task<JsonHttpResult<ModelVersionAnswer>> UpdateAsync(
        MlflowRequest request,
        ModelVersionStore versions,
        CancellationToken ct
    )
    {
        var (name, version) = ReadKey(request);
        return MlflowAnswer.Of(
            new ModelVersionAnswer(await versions.UpdateAsync(name, version, RegisteredModelsApi.ReadDescription(request), ct))
        );
    }

    private static async Task<JsonHttpResult<MlflowEmpty>> DeleteAsync(
        MlflowRequest request,
        ModelVersionStore versions,
        CancellationToken ct
    )
    {
        var (name, version) = ReadKey(request);
        await versions.DeleteAsync(name, version, ct);
        return MlflowAnswer.Empty;
    }

    private static async Task<JsonHttpResult<DownloadUriAnswer>> GetDownloadUriAsync(
        MlflowRequest request,
        ModelVersionReader versions,
        CancellationToken ct
    )
    {
        var (name, version) = ReadKey(request);
        return MlflowAnswer.Of(new DownloadUriAnswer(await versions.DownloadUriAsync(name, version, ct)));
    }

    private static async Task<JsonHttpResult<ModelVersionAnswer>> TransitionStageAsync(
        MlflowRequest request,
        ModelVersionStore versions,
        CancellationToken ct
    )
    {
        var (name, version) = ReadKey(request);
        var stage = ModelStages.Parse(request.RequiredText("stage"));
        var archive = request.Bool("archive_existing_versions") ?? false;
        if (archive && stage is ModelStages.None or ModelStages.Archived)
        {
            throw MlflowRefusal.Invalid(
                $"Model version transition cannot archive existing model versions because '{stage}' is not an Active stage. Valid stages are {ModelStages.Staging}, {ModelStages.Production}"
            );
        }
        return MlflowAnswer.Of(new ModelVersionAnswer(await versions.SetStageAsync(name, version, stage, archive, ct)));
    }

    private static async Task<JsonHttpResult<MlflowEmpty>> SetTagAsync(
        MlflowRequest request,
        ModelVersionStore versions,
        CancellationToken ct
    )
    {
        var (name, version) = ReadKey(request);
        await versions.SetTagAsync(name, version, Tags.Read(request), ct);
        return MlflowAnswer.Empty;
    }

    private static async Task<JsonHttpResult<MlflowEmpty>> DeleteTagAsync(
        MlflowRequest request,
        ModelVersionStore versions,
        CancellationToken ct
    )
    {
        var (name, version) = ReadKey(request);
        await versions.DeleteTagAsync(name, version, request.RequiredText("key"), ct);
        return MlflowAnswer.Empty;
    }

    private static (string Name, int Version) ReadKey(MlflowRequest request) =>
        (RegisteredModelsApi.ReadName(request), MlflowRules.CheckVersion(RegisteredModelsApi.ReadVersion(request)));
}
