using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Contracts;
using Slipway.Contracts.Identifiers;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Http;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Endpoints;

/// <summary><c>/api/v1/endpoints</c>: what serves under which name.</summary>
internal static class EndpointsApi
{
    private const int MaxRoutes = 16;
    private const double MaxWeight = 1_000_000;
    private const int MaxAliasLength = 255;

    public static void Map(IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/api/v1/endpoints");
        group.MapGet("/", ListAsync).Needs(Permission.SignedIn, On.Nothing);
        group.MapGet("/{name}", GetAsync).Needs(Permission.Read, On.Endpoint());
        group.MapPut("/{name}", PutAsync).Needs(Permission.Operate, On.Endpoint());
        group.MapDelete("/{name}", DeleteAsync).Needs(Permission.Operate, On.Endpoint());
    }

    private static async Task<JsonHttpResult<IReadOnlyList<EndpointDefinition>>> ListAsync(EndpointStore endpoints, CancellationToken ct) =>
        TypedResults.Json(await endpoints.ListAsync(ct), ContractsJson.Default.IReadOnlyListEndpointDefinition);

    private static async Task<Results<JsonHttpResult<EndpointDefinition>, ProblemHttpResult>> GetAsync(
        string name,
        EndpointStore endpoints,
        CancellationToken ct
    ) =>
        await endpoints.FindAsync(name, ct) is { } endpoint
            ? TypedResults.Json(endpoint, ContractsJson.Default.EndpointDefinition)
            : NotFound(name);

    private static async Task<Results<JsonHttpResult<EndpointDefinition>, ProblemHttpResult>> PutAsync(
        string name,
        EndpointDefinition endpoint,
        EndpointStore endpoints,
        CancellationToken ct
    )
    {
        if (!EndpointName.TryParse(name, out _, out var error))
        {
            return ApiProblem.Invalid("invalid_name", error);
        }
        if (endpoint.Name is { Length: > 0 } named && named != name)
        {
            return ApiProblem.Invalid("name_mismatch", $"The body names the endpoint '{MlflowRules.Shorten(named)}', the path '{name}'.");
        }
        if (Check(endpoint.Routes) is { } problem)
        {
            return problem;
        }
        return await endpoints.PutAsync(name, endpoint, ct) switch
        {
            WriteOutcome.Written written => TypedResults.Json(written.Endpoint, ContractsJson.Default.EndpointDefinition),
            WriteOutcome.Unknown unknown => ApiProblem.Invalid(unknown.Code, unknown.Detail),
            WriteOutcome.NotVetted refused => ApiProblem.Conflict("version_not_vetted", refused.Detail),
            var other => throw new InvalidOperationException($"Unexpected outcome {other}."),
        };
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(
        string name,
        EndpointStore endpoints,
        CancellationToken ct
    ) => await endpoints.DeleteAsync(name, ct) ? TypedResults.NoContent() : NotFound(name);

    private static ProblemHttpResult NotFound(string name) => ApiProblem.NotFound("unknown_endpoint", $"There is no endpoint '{name}'.");

    private static ProblemHttpResult? Check(IReadOnlyList<EndpointRoute>? routes)
    {
        if (routes is not { Count: >= 1 and <= MaxRoutes })
        {
            return ApiProblem.Invalid("invalid_routes", $"An endpoint has 1 to {MaxRoutes} routes.");
        }
        var seen = new HashSet<(string, int?, string?)>();
        foreach (var route in routes)
        {
            if (route is null || !ModelName.TryParse(route.Model, out _, out _))
            {
                return ApiProblem.Invalid("invalid_routes", "Each route names a registered model.");
            }
            if (
                route.Version is null == string.IsNullOrEmpty(route.Alias)
                || route.Alias is { Length: > MaxAliasLength }
                || HasNull(route.Alias)
            )
            {
                return ApiProblem.Invalid("invalid_routes", $"A route to '{route.Model}' must have either a version or an alias.");
            }
            if (!double.IsFinite(route.Weight) || route.Weight is <= 0 or > MaxWeight)
            {
                return ApiProblem.Invalid("invalid_weight", $"The weight of a route must be above 0 and at most {MaxWeight}.");
            }
            if (!seen.Add((route.Model, route.Version, route.Alias)))
            {
                return ApiProblem.Invalid("duplicate_route", $"Two routes lead to the same version of '{route.Model}'.");
            }
        }
        return null;
    }

    private static bool HasNull(string? text) => text?.Contains('\0', StringComparison.Ordinal) == true;
}
