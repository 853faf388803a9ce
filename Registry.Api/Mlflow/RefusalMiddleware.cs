using Microsoft.AspNetCore.Mvc;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Mlflow;

/// <summary>
/// Turns what handlers throw into answers: a <see cref="MlflowRefusal"/> into its own, and a failure of the database that will pass into a 503 with
/// <c>Retry-After</c>, which every client of this API repeats.
/// </summary>
internal sealed class RefusalMiddleware(
    RequestDelegate next,
    IProblemDetailsService problems,
    DatabaseReadiness readiness,
    ILogger<RefusalMiddleware> logger
)
{
    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
        }
        catch (MlflowRefusal refusal) when (!http.Response.HasStarted)
        {
            await MlflowProblemWriter.WriteAsync(http, refusal.Status, refusal.ErrorCode, refusal.Message);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client went away: nobody is left to answer, and it is no error of ours.
        }
        catch (Exception e) when (!http.Response.HasStarted && (DatabaseFailure.IsTemporary(e) || !readiness.IsReady))
        {
            RegistryLog.RequestWithoutDatabase(logger, http.Request.Method, http.Request.Path, e.Message);
            http.Response.Headers.RetryAfter = "1";
            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            var problem = new ProblemDetails
            {
                Status = StatusCodes.Status503ServiceUnavailable,
                Title = "The database does not answer.",
                Detail = "The registry's database is away or starting. The request may be repeated.",
            };
            problem.Extensions["code"] = "database_unavailable";
            await problems.TryWriteAsync(new ProblemDetailsContext { HttpContext = http, ProblemDetails = problem });
        }
    }
}
