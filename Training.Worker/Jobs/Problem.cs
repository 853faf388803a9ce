using System.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Slipway.Training.Worker.Jobs;

/// <summary>Problem details with this service's stable codes.</summary>
internal static class Problem
{
    public static ProblemHttpResult Of(int status, string code, string detail) =>
        TypedResults.Problem(detail, statusCode: status, extensions: [new("code", code)]);

    /// <summary>The first error as code, field and detail; all of them in <see cref="FieldProblem.Errors"/>.</summary>
    public static JsonHttpResult<FieldProblem> Of(IReadOnlyList<FieldError> errors) =>
        TypedResults.Json(
            new FieldProblem
            {
                Title = "The request is not one of a training job.",
                Status = StatusCodes.Status400BadRequest,
                Detail = errors.Count == 1 ? errors[0].Detail : $"{errors[0].Detail} ({errors.Count - 1} more: see errors.)",
                Code = errors[0].Code,
                Field = errors[0].Field,
                Errors = errors,
                TraceId = Activity.Current?.TraceId.ToString(),
            },
            JobsJson.Default.FieldProblem,
            "application/problem+json",
            StatusCodes.Status400BadRequest
        );
}
