using Microsoft.AspNetCore.Mvc;
using Slipway.Contracts.Mlflow;

namespace Slipway.Registry.Api.Mlflow;

/// <summary>Writes errors that did not come from a handler (unknown route, oversized body, database away) in MLflow's shape on MLflow's routes.</summary>
internal sealed class MlflowProblemWriter : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context) => MlflowRoutes.Owns(context.HttpContext.Request.Path);

    public ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var status = context.ProblemDetails.Status ?? context.HttpContext.Response.StatusCode;
        return new(
            WriteAsync(context.HttpContext, status, MlflowErrorCodes.For(status), Text(context.ProblemDetails, context.HttpContext))
        );
    }

    public static Task WriteAsync(HttpContext http, int status, string errorCode, string message)
    {
        http.Response.StatusCode = status;
        return http.Response.WriteAsJsonAsync(
            new MlflowError(errorCode, message),
            MlflowJson.For<MlflowError>(),
            contentType: null,
            http.RequestAborted
        );
    }

    private static string Text(ProblemDetails problem, HttpContext http) =>
        problem.Status is StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed
            ? $"No such endpoint: {http.Request.Method} is not served at this path."
            : problem.Detail ?? problem.Title ?? "The request was refused.";
}
