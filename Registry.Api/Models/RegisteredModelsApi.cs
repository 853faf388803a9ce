using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Models;

/// <summary>MLflow's <c>registered-models/…</c>.</summary>
internal static class RegisteredModelsApi
{
    private const int DefaultSearchResults = 100;
    private const int MaxSearchResults = 1000;

    public static void Map(RouteGroupBuilder mlflow)
    {
        var group = mlflow.MapGroup("/registered-models");
        group.MapPost("/create", CreateAsync);
        group.MapGet("/get", GetAsync);
        group.MapGet("/search", SearchAsync);
        group.MapPatch("/update", UpdateAsync);
        group.MapPost("/rename", RenameAsync);
        group.MapDelete("/delete", DeleteAsync);
        group.MapMethods("/get-latest-versions", ["GET", "POST"], GetLatestAsync);
        group.MapPost("/set-tag", SetTagAsync);
        group.MapDelete("/delete-tag", DeleteTagAsync);
        group.MapPost("/alias", SetAliasAsync);
        group.MapGet("/alias", GetAliasAsync);
        group.MapDelete("/alias", DeleteAliasAsync);
    }

    /// <summary>The name of an existing model: any text, since a name that cannot exist is simply not found.</summary>
    public static string ReadName(MlflowRequest request) => request.RequiredText("name");

    private static async Task<JsonHttpResult<RegisteredModelAnswer>> CreateAsync(
        MlflowRequest request,
        Caller caller,
        RegisteredModelStore models,
        CancellationToken ct
    )
    {
        var model = new NewModel(
            MlflowRules.CheckModelName(request.RequiredText("name")),
            ReadDescription(request),
            ReadDeploymentJob(request),
            AuthorOf(caller),
            Tags.ReadAll(request)
        );
        return MlflowAnswer.Of(new RegisteredModelAnswer(await models.CreateAsync(model, ct)));
    }

    private static async Task<JsonHttpResult<RegisteredModelAnswer>> GetAsync(
        MlflowRequest request,
        RegisteredModelReader models,
        CancellationToken ct
    ) => MlflowAnswer.Of(new RegisteredModelAnswer(await models.RequireAsync(ReadName(request), ct)));

    private static async Task<JsonHttpResult<RegisteredModelPage>> SearchAsync(
        MlflowRequest request,
        RegisteredModelReader models,
        CancellationToken ct
    ) =>
        MlflowAnswer.Of(
            await models.SearchAsync(
                request.Text("filter"),
                request.Texts("order_by"),
                PageSize.Read(request, DefaultSearchResults, MaxSearchResults),
                request.Text("page_token"),
                ct
            )
        );

    private static async Task<JsonHttpResult<RegisteredModelAnswer>> UpdateAsync(
        MlflowRequest request,
        RegisteredModelStore models,
        CancellationToken ct
    ) =>
        MlflowAnswer.Of(
            new RegisteredModelAnswer(await models.UpdateAsync(ReadName(request), ReadDescription(request), ReadDeploymentJob(request), ct))
        );

    private static async Task<JsonHttpResult<RegisteredModelAnswer>> RenameAsync(
        MlflowRequest request,
        RegisteredModelStore models,
        CancellationToken ct
    ) =>
        MlflowAnswer.Of(
            new RegisteredModelAnswer(
                await models.RenameAsync(ReadName(request), MlflowRules.CheckModelName(request.RequiredText("new_name")), ct)
            )
        );

    private static async Task<JsonHttpResult<MlflowEmpty>> DeleteAsync(
        MlflowRequest request,
        RegisteredModelStore models,
        CancellationToken ct
    )
    {
        await models.DeleteAsync(ReadName(request), ct);
        return MlflowAnswer.Empty;
    }

    private static async Task<JsonHttpResult<ModelVersionPage>> GetLatestAsync(
        MlflowRequest request,
        RegisteredModelReader models,
        CancellationToken ct
    ) => MlflowAnswer.Of(await models.LatestAsync(ReadName(request), request.Texts("stages"), ct));

    private static async Task<JsonHttpResult<MlflowEmpty>> SetTagAsync(
        MlflowRequest request,
        RegisteredModelStore models,
        CancellationToken ct
    )
    {
        await models.SetTagAsync(ReadName(request), Tags.Read(request), ct);
        return MlflowAnswer.Empty;
    }

    private static async Task<JsonHttpResult<MlflowEmpty>> DeleteTagAsync(
        MlflowRequest request,
        RegisteredModelStore models,
        CancellationToken ct
    )
    {
        await models.DeleteTagAsync(ReadName(request), request.RequiredText("key"), ct);
        return MlflowAnswer.Empty;
    }

    private static async Task<JsonHttpResult<MlflowEmpty>> SetAliasAsync(MlflowRequest request, AliasStore aliases, CancellationToken ct)
    {
        var name = ReadName(request);
        var alias = MlflowRules.CheckAlias(request.RequiredText("alias"));
        await aliases.SetAsync(name, alias, MlflowRules.CheckVersion(ReadVersion(request)), ct);
        return MlflowAnswer.Empty;
    }

    private static async Task<JsonHttpResult<ModelVersionAnswer>> GetAliasAsync(
        MlflowRequest request,
        ModelVersionReader versions,
        CancellationToken ct
    ) => MlflowAnswer.Of(new ModelVersionAnswer(await versions.RequireByAliasAsync(ReadName(request), request.RequiredText("alias"), ct)));

    private static async Task<JsonHttpResult<MlflowEmpty>> DeleteAliasAsync(MlflowRequest request, AliasStore aliases, CancellationToken ct)
    {
        var name = ReadName(request);
        await aliases.DeleteAsync(name, MlflowRules.CheckAlias(request.RequiredText("alias")), ct);
        return MlflowAnswer.Empty;
    }

    internal static string ReadVersion(MlflowRequest request) =>
        request.Choice("version") is { Length: > 0 } version ? version : throw MlflowRefusal.Missing("version");

    internal static string? ReadDescription(MlflowRequest request) =>
        request.Text("description") is { } text ? MlflowRules.CheckLength(text, MlflowRules.MaxDescriptionLength, "Description") : null;

    internal static string? AuthorOf(Caller caller) => caller == Caller.Anonymous ? null : caller.Name;

    private static string? ReadDeploymentJob(MlflowRequest request) =>
        request.Text("deployment_job_id") is { } id ? MlflowRules.CheckLength(id, MlflowRules.MaxNameLength, "Deployment job ID") : null;
}
