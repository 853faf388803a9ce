using Microsoft.AspNetCore.Http.HttpResults;

namespace Slipway.Training.Worker.Jobs;

/// <summary>Problem details with this service's stable codes.</summary>
internal static class Problem
{
    public static ProblemHttpResult Of(int status, string code, string detail) =>
        TypedResults.Problem(detail, statusCode: status, extensions: [new("code", code)]);

    /// <summary>The first error as code and detail, all of them in the member <c>errors</c>.</summary>
    public static ProblemHttpResult Of(IReadOnlyList<FieldError> errors) =>
        TypedResults.Problem(
            errors.Count == 1 ? errors[0].Detail : $"{errors[0].Detail} ({errors.Count - 1} more: see errors.)",
            statusCode: StatusCodes.Status400BadRequest,
            extensions: [new("code", errors[0].Code), new("field", errors[0].Field), new("errors", errors)]
        );
}
