namespace Slipway.Inference.Service.Predictions;

/// <summary>Gives the errors that the framework finds on protocol routes (no such route, wrong verb, an unforeseen exception) the protocols' shape.</summary>
internal sealed class ErrorProblemWriter : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context)
    {
        var path = context.HttpContext.Request.Path;
        return path.StartsWithSegments("/v1") || path.StartsWithSegments("/v2");
    }

    public ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var problem = context.ProblemDetails;
        var status = problem.Status ?? context.HttpContext.Response.StatusCode;
        return new ValueTask(ErrorAnswer.WriteAsync(context.HttpContext, status, problem.Detail ?? problem.Title ?? "error"));
    }
}
