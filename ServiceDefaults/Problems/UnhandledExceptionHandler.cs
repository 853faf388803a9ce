using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Logging;

namespace Slipway.ServiceDefaults.Problems;

/// <summary>
/// Turns an exception that nobody caught into a problem: a request that could not be read stays the caller's mistake and says where it is wrong; anything else is
/// a 500 that names only the trace id, with the exception in the log.
/// </summary>
internal sealed class UnhandledExceptionHandler(IProblemDetailsService problems, ILogger<UnhandledExceptionHandler> logger)
    : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        var problem = new ProblemDetails { Status = StatusCodes.Status500InternalServerError };
        if (exception is BadHttpRequestException bad)
        {
            BadRequestProblem.Describe(bad, problem);
        }

        if (problem.Status >= StatusCodes.Status500InternalServerError)
        {
            problem.Detail = "The service failed to handle this request. Its log has the reason, under the trace id given here.";
            ProblemLog.UnhandledException(logger, exception, httpContext.Request.Method, httpContext.Request.Path);
        }

        httpContext.Response.StatusCode = problem.Status!.Value;
        return await problems.TryWriteAsync(
            new ProblemDetailsContext
            {
                HttpContext = httpContext,
                ProblemDetails = problem,
                Exception = exception,
            }
        );
    }
}
