using Slipway.Monitoring.Worker.Storage;
using Slipway.Monitoring.Worker.Telemetry;

namespace Slipway.Monitoring.Worker.Http;

/// <summary>Answers 503 with Retry-After while the database is away or not yet migrated: the caller did nothing wrong and may send the same again.</summary>
internal sealed class DatabaseFilter(SchemaState schema, ILogger<DatabaseFilter> logger) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        if (!schema.IsReady)
        {
            return Unavailable(context.HttpContext);
        }
        try
        {
            return await next(context);
        }
        catch (Exception e) when (DatabaseErrors.IsAway(e) && !context.HttpContext.RequestAborted.IsCancellationRequested)
        {
            MonitoringLog.RequestWithoutDatabase(logger, context.HttpContext.Request.Path, e.Message);
            return Unavailable(context.HttpContext);
        }
    }

    private static Microsoft.AspNetCore.Http.HttpResults.ProblemHttpResult Unavailable(HttpContext http)
    {
        http.Response.Headers.RetryAfter = "2";
        return Problem.Of(
            StatusCodes.Status503ServiceUnavailable,
            "database_unavailable",
            "The monitoring database cannot be reached at the moment. Send the same request again."
        );
    }
}
