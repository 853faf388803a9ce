using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Contracts;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Http;

namespace Slipway.Registry.Api.Comparisons;

/// <summary><c>/api/v1/models/{name}/compare/{left}/{right}</c>.</summary>
internal static class ComparisonsApi
{
    public static void AddComparisons(this WebApplicationBuilder builder) => builder.Services.AddSingleton<ComparisonReader>();

    public static void MapComparisons(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/models/{name}/compare/{left:int}/{right:int}", CompareAsync).Needs(Permission.Read, On.Model());

    private static async Task<Results<JsonHttpResult<VersionComparison>, ProblemHttpResult>> CompareAsync(
        string name,
        int left,
        int right,
        ComparisonReader reader,
        CancellationToken ct
    )
    {
        var one = await reader.FindAsync(name, left, ct);
        var other = await reader.FindAsync(name, right, ct);
        return one is null || other is null
            ? ApiProblem.NotFound(
                "unknown_version",
                string.Create(CultureInfo.InvariantCulture, $"Model '{name}' has no version {(one is null ? left : right)}.")
            )
            : TypedResults.Json(VersionDifference.Of(name, one, other), ContractsJson.Default.VersionComparison);
    }
}
