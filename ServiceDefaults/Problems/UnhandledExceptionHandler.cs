using System.Text.Json;
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
        var problem = exception is BadHttpRequestException bad
            ? Describe(bad)
            : new ProblemDetails { Status = StatusCodes.Status500InternalServerError };
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

    private static ProblemDetails Describe(BadHttpRequestException bad)
    {
        var problem = new ProblemDetails { Status = bad.StatusCode, Detail = bad.Message };
        for (var inner = bad.InnerException; inner is not null; inner = inner.InnerException)
        {
            if (inner is JsonException json)
            {
                Describe(json, problem);
                break;
            }
        }

        return problem;
    }

    private static void Describe(JsonException json, ProblemDetails problem)
    {
        problem.Title = "The body is not the JSON that this route takes.";
        problem.Detail = json.Message;
        problem.Extensions["code"] = "invalid_json";
        if (json.Path is { } path)
        {
            problem.Extensions["path"] = path;
        }

        if (json.LineNumber is { } line)
        {
            // The reader counts from 0; editors count from 1.
            problem.Extensions["line"] = line + 1;
            problem.Extensions["column"] = json.BytePositionInLine + 1;
        }
    }
}
