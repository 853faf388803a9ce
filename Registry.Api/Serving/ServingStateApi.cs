using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Contracts;
using Slipway.Contracts.Serving;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Http;

namespace Slipway.Registry.Api.Serving;

/// <summary><c>GET /api/v1/serving-state</c>, with ETag and long poll.</summary>
internal static class ServingStateApi
{
    private const int MaxWaitSeconds = 30;

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/serving-state", GetAsync).Needs(Permission.Read, On.Everything);

    private static async Task<Results<JsonHttpResult<ServingState>, StatusCodeHttpResult, ProblemHttpResult>> GetAsync(
        HttpContext http,
        ServingStateStore store,
        ServingNotifier notifier,
        IHostApplicationLifetime lifetime,
        string? waitSeconds,
        CancellationToken ct
    )
    {
        var wait = 0;
        if (
            waitSeconds is not null
            && (!int.TryParse(waitSeconds, NumberStyles.None, CultureInfo.InvariantCulture, out wait) || wait > MaxWaitSeconds)
        )
        {
            return ApiProblem.Invalid("invalid_wait", $"waitSeconds must be a whole number from 0 to {MaxWaitSeconds}.");
        }
        var known = http.Request.Headers.IfNoneMatch.ToString();
        var state = await store.GetAsync(ct);
        if (known == Tag(state) && wait > 0)
        {
            // A service that stops answers its waiting callers at once; they ask its successor.
            using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, lifetime.ApplicationStopping);
            try
            {
                await notifier.WaitForAfterAsync(state.Revision, TimeSpan.FromSeconds(wait), either.Token);
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                return TypedResults.StatusCode(StatusCodes.Status304NotModified);
            }
            state = await store.GetAsync(ct);
        }
        http.Response.Headers.ETag = Tag(state);
        http.Response.Headers.CacheControl = "no-cache";
        return known == Tag(state)
            ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
            : TypedResults.Json(state, ContractsJson.Default.ServingState);
    }

    private static string Tag(ServingState state) => $"\"{state.Revision.ToString(CultureInfo.InvariantCulture)}\"";
}
