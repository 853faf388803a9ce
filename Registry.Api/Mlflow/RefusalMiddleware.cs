using Microsoft.AspNetCore.Mvc;
using Slipway.Registry.Api.Artifacts.Storage;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Mlflow;

/// <summary>
/// Turns what handlers throw into answers: a <see cref="MlflowRefusal"/> into its own, a row that another request took away
/// meanwhile into a 409, and a failure of the database that will pass into a 503 with <c>Retry-After</c>, which every client of this API repeats.
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
        catch (BlobDamagedException damaged) when (!http.Response.HasStarted)
        {
            http.Response.Clear();
            await (
                MlflowRoutes.Owns(http.Request.Path)
                    ? MlflowProblemWriter.WriteAsync(
                        http,
                        StatusCodes.Status500InternalServerError,
                        MlflowErrorCodes.DataLoss,
                        damaged.Message
                    )
                    : AnswerAsync(http, StatusCodes.Status500InternalServerError, "data_loss", "Stored bytes are damaged.", damaged.Message)
            );
        }
        catch (Exception e) when (!http.Response.HasStarted && BlobStoreFailure.IsTemporary(e))
        {
            RegistryLog.RequestWithoutBlobStore(logger, http.Request.Method, http.Request.Path, e.Message);
            http.Response.Clear();
            http.Response.Headers.RetryAfter = "1";
            await AnswerAsync(
                http,
                StatusCodes.Status503ServiceUnavailable,
                "artifact_store_unavailable",
                "The artifact store does not answer.",
                "The service that keeps the registry's artifacts is away or overloaded. The request may be repeated."
            );
        }
        catch (BusyException) when (!http.Response.HasStarted)
        {
            http.Response.Headers.RetryAfter = "1";
            await AnswerAsync(
                http,
                StatusCodes.Status503ServiceUnavailable,
                "busy",
                "Too many requests wait for the same thing.",
                "More requests wait for the same thing than the registry keeps waiting. The request may be repeated."
            );
        }
        catch (Exception e) when (!http.Response.HasStarted && DatabaseFailure.IsConflict(e))
        {
            await AnswerAsync(
                http,
                StatusCodes.Status409Conflict,
                "conflict",
                "The object was changed by another request.",
                "What this request refers to was changed or deleted by another request at the same time. Read it again before repeating."
            );
        }
        catch (Exception e) when (!http.Response.HasStarted && (DatabaseFailure.IsTemporary(e) || !readiness.IsReady))
        {
            RegistryLog.RequestWithoutDatabase(logger, http.Request.Method, http.Request.Path, e.Message);
            http.Response.Headers.RetryAfter = "1";
            await AnswerAsync(
                http,
                StatusCodes.Status503ServiceUnavailable,
                "database_unavailable",
                "The database does not answer.",
                "The registry's database is away or starting. The request may be repeated."
            );
        }
    }

    private async Task AnswerAsync(HttpContext http, int status, string code, string title, string detail)
    {
        http.Response.StatusCode = status;
        var problem = new ProblemDetails
        {
            Status = status,
            Title = title,
            Detail = detail,
        };
        problem.Extensions["code"] = code;
        await problems.TryWriteAsync(new ProblemDetailsContext { HttpContext = http, ProblemDetails = problem });
    }
}
