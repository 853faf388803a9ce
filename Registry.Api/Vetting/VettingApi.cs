using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Contracts;
using Slipway.Contracts.Vetting;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Http;
using Slipway.Registry.Api.Models;

namespace Slipway.Registry.Api.Vetting;

/// <summary><c>GET /api/v1/models/{name}/versions/{version}/vetting</c>: the report of a version alone.</summary>
internal static class VettingApi
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/models/{name}/versions/{version:int}/vetting", GetAsync).Needs(Permission.Read, On.Model());

    private static async Task<Results<JsonHttpResult<VettingReport>, ProblemHttpResult>> GetAsync(
        string name,
        int version,
        ModelOverviewStore models,
        CancellationToken ct
    ) =>
        await models.FindVersionAsync(name, version, ct) switch
        {
            null => ApiProblem.NotFound("unknown_version", $"There is no version {version} of a registered model '{name}'."),
            { Vetting: { } report } => TypedResults.Json(report, ContractsJson.Default.VettingReport),
            _ => ApiProblem.NotFound("not_vetted", $"Version {version} of '{name}' has not been examined yet."),
        };
}
