using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Contracts.Identifiers;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Http;
using Slipway.Registry.Api.Mlflow;
using Slipway.Registry.Api.Policies;

namespace Slipway.Registry.Api.Promotions;

/// <summary>Checks what comes in about promotions; null where nothing is wrong.</summary>
internal static class PromotionRules
{
    private const int MaxCommentLength = 4000;
    private const int MaxKeyLength = 200;

    public static ProblemHttpResult? Check(PromotionRequest request, EnvironmentCatalog environments)
    {
        if (!ModelName.TryParse(request.Model, out _, out var error))
        {
            return ApiProblem.Invalid("invalid_model", error);
        }
        if (environments.Find(request.Environment) is null)
        {
            return ApiProblem.Invalid("unknown_environment", $"environment must be one of {string.Join(", ", environments.Names)}.");
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

    public static ProblemHttpResult? Check(PromotionVerb verb, PromotionAction action, string? by)
    {
        if (by is null && verb is PromotionVerb.Approve or PromotionVerb.Reject or PromotionVerb.Withdraw)
        {
            return ApiProblem.Invalid("name_needed", $"Say who decides: by in the body, or the header {Caller.UserHeader}.");
        }
        if (verb == PromotionVerb.Comment && string.IsNullOrWhiteSpace(action.Comment))
        {
            return ApiProblem.Invalid("comment_needed", "comment is the text.");
        }
        return action.Comment?.Length > MaxCommentLength
            ? ApiProblem.Invalid("text_too_long", $"comment has at most {MaxCommentLength} characters.")
            : CheckTexts(action.Comment);
    }

    /// <summary>PostgreSQL's text cannot hold a null character.</summary>
    public static ProblemHttpResult? CheckTexts(params ReadOnlySpan<string?> texts)
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
