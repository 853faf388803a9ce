using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Contracts;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Http;
using Slipway.Registry.Api.Policies;

namespace Slipway.Registry.Api.Promotions;

/// <summary><c>/api/v1/promotions</c>.</summary>
internal static class PromotionsApi
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/api/v1/promotions");
        group.MapPost("/", AskAsync).Needs(Permission.Write, On.Model("model"));
        group.MapGet("/", ListAsync).Needs(Permission.SignedIn, On.Nothing);
        group.MapGet("/{id:guid}", GetAsync).Needs(Permission.Read, On.Promotion());
        MapVerb(group, "comments", PromotionVerb.Comment, Permission.Read);
        MapVerb(group, "approve", PromotionVerb.Approve, Permission.Approve);
        MapVerb(group, "reject", PromotionVerb.Reject, Permission.Approve);
        MapVerb(group, "withdraw", PromotionVerb.Withdraw, Permission.Write);
        MapVerb(group, "evaluate", PromotionVerb.Evaluate, Permission.Write);
    }

    private static async Task<Results<JsonHttpResult<Promotion>, ProblemHttpResult>> AskAsync(
        PromotionRequest request,
        PromotionStore promotions,
        EnvironmentCatalog environments,
        PromotionSignal signal,
        HttpContext http,
        CancellationToken ct
    )
    {
        if (PromotionRules.Check(request, environments) is { } problem)
        {
            return problem;
        }
        var outcome = await promotions.AskAsync(request, Actor.Name(http, request.RequestedBy), ct);
        switch (outcome)
        {
            case AskOutcome.Asked(var promotion):
                signal.Wake();
                http.Response.Headers.Location = $"/api/v1/promotions/{promotion.Id}";
                return TypedResults.Json(promotion, ContractsJson.Default.Promotion, statusCode: StatusCodes.Status202Accepted);
            case AskOutcome.Known(var promotion):
                return TypedResults.Json(promotion, ContractsJson.Default.Promotion);
            case AskOutcome.KeyTaken:
                return ApiProblem.Conflict("idempotency_key_taken", "This idempotencyKey was used for another promotion.");
            case AskOutcome.UnknownModel:
                return ApiProblem.NotFound("unknown_model", $"There is no registered model '{request.Model}'.");
            case AskOutcome.RequesterNeeded:
                return ApiProblem.Invalid(
                    "requester_needed",
                    $"Promotions to '{request.Environment}' are approved by somebody else than asks for them: say who asks as requestedBy, or in the header {Caller.UserHeader}."
                );
            default:
                return ApiProblem.NotFound("unknown_version", $"Model '{request.Model}' has no version {request.Version}.");
        }
    }

    private static async Task<Results<JsonHttpResult<PromotionPage>, ProblemHttpResult>> ListAsync(
        PromotionStore promotions,
        CancellationToken ct,
        string? model = null,
        string? status = null,
        string? environment = null,
        string? pageToken = null,
        int limit = PromotionStore.MaxListed
    )
    {
        if (PromotionRules.CheckTexts(model, environment) is { } problem)
        {
            return problem;
        }
        if (status is not null && !PromotionStatus.All.Contains(status))
        {
            return ApiProblem.Invalid("unknown_status", $"status must be one of {string.Join(", ", PromotionStatus.All)}.");
        }
        if (limit is < 1 or > PromotionStore.MaxListed)
        {
            return ApiProblem.Invalid("invalid_limit", $"limit is a number from 1 to {PromotionStore.MaxListed}.");
        }
        Guid? after = null;
        if (!string.IsNullOrEmpty(pageToken))
        {
            if (!Guid.TryParse(pageToken, out var id))
            {
                return ApiProblem.Invalid("invalid_page_token", "pageToken is what an earlier page gave as nextPageToken.");
            }
            after = id;
        }
        var page = await promotions.ListAsync(new PromotionQuery(model, status, environment, after, limit), ct);
        return TypedResults.Json(page, ContractsJson.Default.PromotionPage);
    }

    private static async Task<Results<JsonHttpResult<Promotion>, ProblemHttpResult>> GetAsync(
        Guid id,
        PromotionStore promotions,
        CancellationToken ct
    ) => await promotions.FindAsync(id, ct) is { } promotion ? TypedResults.Json(promotion, ContractsJson.Default.Promotion) : Unknown(id);

    private static void MapVerb(RouteGroupBuilder group, string path, PromotionVerb verb, Permission need) =>
        group
            .MapPost(
                $"/{{id:guid}}/{path}",
                (Guid id, PromotionAction action, PromotionActions actions, HttpContext http, CancellationToken ct) =>
                    ActAsync(id, verb, action, actions, http, ct)
            )
            .Needs(need, On.Promotion());

    private static async Task<Results<JsonHttpResult<Promotion>, ProblemHttpResult>> ActAsync(
        Guid id,
        PromotionVerb verb,
        PromotionAction action,
        PromotionActions actions,
        HttpContext http,
        CancellationToken ct
    )
    {
        var by = Actor.Name(http, action.By);
        if (PromotionRules.Check(verb, action, by) is { } problem)
        {
            return problem;
        }
        return await actions.ActAsync(id, verb, Caller.Of(http), by, action.Comment, ct) switch
        {
            ActOutcome.Done(var promotion) => TypedResults.Json(promotion, ContractsJson.Default.Promotion),
            ActOutcome.Conflict(var code, var detail) => ApiProblem.Conflict(code, detail),
            ActOutcome.Forbidden(var code, var detail) => ApiProblem.Forbidden(code, detail),
            _ => Unknown(id),
        };
    }

    private static ProblemHttpResult Unknown(Guid id) => ApiProblem.NotFound("unknown_promotion", $"There is no promotion {id}.");
}
