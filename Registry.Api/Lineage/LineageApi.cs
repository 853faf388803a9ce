using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Contracts;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Http;

namespace Slipway.Registry.Api.Lineage;

/// <summary><c>GET /api/v1/lineage?node=…</c>.</summary>
internal static class LineageApi
{
    private const int DefaultDepth = 8;
    private const int MaxDepth = 20;

    // The answer crosses models and experiments: only who may read them all may follow it.
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/v1/lineage", GetAsync).Needs(Permission.Read, On.Everything);

    private static async Task<Results<JsonHttpResult<LineageGraph>, ProblemHttpResult>> GetAsync(
        string? node,
        string? direction,
        int? depth,
        LineageTables tables,
        LineageNeighbourFactory neighbours,
        CancellationToken ct
    )
    {
        if (node is null || LineageId.Parse(node) is not { } start)
        {
            return ApiProblem.Invalid(
                "invalid_node",
                "node must be one of dataset:{name}@{digest}, run:{id}, version:{model}/{number}, endpoint:{name}, predictions:{endpoint}/{model}/{version}, alert:{id}, job:{id}."
            );
        }
        if (direction is not (null or "both" or "up" or "down"))
        {
            return ApiProblem.Invalid("invalid_direction", "direction must be up, down or both.");
        }
        if (depth is < 0 or > MaxDepth)
        {
            return ApiProblem.Invalid("invalid_depth", $"depth must be from 0 to {MaxDepth}.");
        }
        var walk = new LineageWalk(tables, neighbours.Create());
        return await walk.FromAsync(start, direction is not "down", direction is not "up", depth ?? DefaultDepth, ct) is { } graph
            ? TypedResults.Json(graph, ContractsJson.Default.LineageGraph)
            : ApiProblem.NotFound("unknown_node", $"There is no {start}.");
    }
}
