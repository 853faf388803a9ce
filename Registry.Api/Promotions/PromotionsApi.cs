using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Contracts;
using Slipway.Contracts.Identifiers;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Http;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Promotions;

/// <summary><c>/api/v1/promotions</c>.</summary>
internal static class PromotionsApi
{
    private const int MaxCommentLength = 4000;
    private const int MaxKeyLength = 200;

    public static void Map(IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/api/v1/promotions");
        group.MapPost("/", AskAsync).Needs(Permission.Write, On.Model("model"));
        group.MapGet("/", ListAsync).Needs(Permission.SignedIn, On.Nothing);
        group.MapGet("/{id:guid}", GetAsync).Needs(Permission.Read, On.Promotion());
    }

    private static async Task<Results<JsonHttpResult<Promotion>, ProblemHttpResult>> AskAsync(
        PromotionRequest request,
        PromotionStore promotions,
        PromotionSignal signal,
        HttpContext http,
        CancellationToken ct
    )
    {
        if (Check(request) is { } problem)
        {
            return problem;
        }
        var outcome = await promotions.AskAsync(request, ct);
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
            default:
                return ApiProblem.NotFound("unknown_version", $"Model '{request.Model}' has no version {request.Version}.");
        }
    }

    private static async Task<Results<JsonHttpResult<IReadOnlyList<Promotion>>, ProblemHttpResult>> ListAsync(
        PromotionStore promotions,
        string? model,
        CancellationToken ct
    ) =>
        CheckTexts(model) is { } problem
            ? problem
            : TypedResults.Json(await promotions.ListAsync(model, ct), ContractsJson.Default.IReadOnlyListPromotion);

    private static async Task<Results<JsonHttpResult<Promotion>, ProblemHttpResult>> GetAsync(
        Guid id,
        PromotionStore promotions,
        CancellationToken ct
    ) =>
        await promotions.FindAsync(id, ct) is { } promotion
            ? TypedResults.Json(promotion, ContractsJson.Default.Promotion)
            : ApiProblem.NotFound("unknown_promotion", $"There is no promotion {id}.");

    private static ProblemHttpResult? Check(PromotionRequest request)
    {
        if (!ModelName.TryParse(request.Model, out _, out var error))
        {
            return ApiProblem.Invalid("invalid_model", error);
        }
        if (!Environments.All.Contains(request.Environment))
        {
            return ApiProblem.Invalid("unknown_environment", $"environment must be one of {string.Join(", ", Environments.All)}.");
        }
        if (request.Metric is { } metric && (metric.Length > MlflowRules.MaxKeyLength || MetricNames.LowerIsBetter(metric) is null))
        {
            return ApiProblem.Invalid(
                "unknown_metric",
                $"It is not known whether more or less of '{MlflowRules.Shorten(metric)}' is better. Use a metric that ends in one of {string.Join(", ", MetricNames.InOrder)}."
            );
        }
        if (!double.IsFinite(request.Tolerance) || request.Tolerance is < 0 or > 1)
        {
            return ApiProblem.Invalid("invalid_tolerance", "tolerance is a share from 0 to 1, such as 0.02 for 2 %.");
        }
        if (request.Comment?.Length > MaxCommentLength || request.IdempotencyKey is { Length: 0 or > MaxKeyLength })
        {
            return ApiProblem.Invalid(
                "text_too_long",
                $"comment has at most {MaxCommentLength} characters, idempotencyKey 1 to {MaxKeyLength}."
            );
        }
        return CheckTexts(request.Metric, request.Comment, request.IdempotencyKey);
    }

    /// <summary>PostgreSQL's text cannot hold a null character.</summary>
    private static ProblemHttpResult? CheckTexts(params ReadOnlySpan<string?> texts)
    {
        foreach (var text in texts)
        {
            if (text?.Contains('\0', StringComparison.Ordinal) == true)
            {
                return ApiProblem.Invalid("invalid_text", "Texts must not contain null characters.");
            }
        }
        return null;
    }
}
