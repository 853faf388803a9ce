using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Contracts;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Http;

namespace Slipway.Registry.Api.Promotions;

/// <summary><c>/api/v1/models/{name}/aliases/{alias}</c>: what an alias names, named, and who moved it.</summary>
internal static class AliasHistoryApi
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var alias = app.MapGroup("/api/v1/models/{name}/aliases/{alias}");
        alias.MapGet("/", GetHolderAsync).Needs(Permission.Read, On.Model());
        alias.MapGet("/history", ListAsync).Needs(Permission.Read, On.Model());
    }

    private static async Task<Results<JsonHttpResult<AliasMoved>, ProblemHttpResult>> GetHolderAsync(
        string name,
        string alias,
        string? at,
        AliasHistoryStore history,
        TimeProvider time,
        CancellationToken ct
    )
    {
        var when = time.GetUtcNow();
        if (
            at is not null
            && !DateTimeOffset.TryParse(
                at,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                out when
            )
        )
        {
            return ApiProblem.Invalid("invalid_time", "at is a time such as 2026-01-31T12:00:00Z.");
        }
        return !HasNull(name, alias) && await history.FindHolderAsync(name, alias, when, ct) is { } holder
            ? TypedResults.Json(holder, ContractsJson.Default.AliasMoved)
            : ApiProblem.NotFound("unknown_alias", $"Model '{name}' had no alias '{alias}' at {when:O}.");
    }

    private static async Task<Results<JsonHttpResult<AliasHistoryPage>, ProblemHttpResult>> ListAsync(
        string name,
        string alias,
        AliasHistoryStore history,
        CancellationToken ct,
        string? pageToken = null,
        int limit = 100
    )
    {
        long? before = null;
        if (!string.IsNullOrEmpty(pageToken))
        {
            if (!long.TryParse(pageToken, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                return ApiProblem.Invalid("invalid_page_token", "pageToken is what an earlier page gave as nextPageToken.");
            }
            before = number;
        }
        if (limit is < 1 or > AliasHistoryStore.MaxListed)
        {
            return ApiProblem.Invalid("invalid_limit", $"limit is a number from 1 to {AliasHistoryStore.MaxListed}.");
        }
        return !HasNull(name, alias) && await history.ListAsync(name, alias, before, limit, ct) is { } page
            ? TypedResults.Json(page, ContractsJson.Default.AliasHistoryPage)
            : ApiProblem.NotFound("unknown_model", $"There is no registered model '{name}'.");
    }

    /// <summary>PostgreSQL's text cannot hold a null character, so nothing is named with one.</summary>
    private static bool HasNull(string name, string alias) => name.Contains('\0') || alias.Contains('\0');
}
