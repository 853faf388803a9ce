using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Contracts;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Http;

namespace Slipway.Registry.Api.Models;

/// <summary><c>/api/v1/models</c>.</summary>
internal static class ModelOverviewApi
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/api/v1/models");
        group.MapGet("/", ListAsync).Needs(Permission.SignedIn, On.Nothing);
        group.MapGet("/{name}", GetAsync).Needs(Permission.Read, On.Model());
        group.MapGet("/{name}/versions/{version:int}", GetVersionAsync).Needs(Permission.Read, On.Model());
    }

    private static async Task<JsonHttpResult<IReadOnlyList<ModelOverview>>> ListAsync(ModelOverviewStore models, CancellationToken ct) =>
        TypedResults.Json(await models.ListAsync(ct), ContractsJson.Default.IReadOnlyListModelOverview);

    private static async Task<Results<JsonHttpResult<ModelOverview>, ProblemHttpResult>> GetAsync(
        string name,
        ModelOverviewStore models,
        CancellationToken ct
    ) =>
        await models.FindAsync(name, ct) is { } model
            ? TypedResults.Json(model, ContractsJson.Default.ModelOverview)
            : ApiProblem.NotFound("unknown_model", $"There is no registered model '{name}'.");

    private static async Task<Results<JsonHttpResult<ModelVersionOverview>, ProblemHttpResult>> GetVersionAsync(
        string name,
        int version,
        ModelOverviewStore models,
        CancellationToken ct
    ) =>
        await models.FindVersionAsync(name, version, ct) is { } found
            ? TypedResults.Json(found, ContractsJson.Default.ModelVersionOverview)
            : ApiProblem.NotFound("unknown_version", $"There is no version {version} of a registered model '{name}'.");
}
