using Slipway.Training.Worker.Storage;

namespace Slipway.Training.Worker.Jobs;

/// <summary>Answers 503 with a code, instead of 500, while PostgreSQL is away.</summary>
internal sealed class DatabaseFilter : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (Exception e) when (DatabaseErrors.IsUnavailable(e))
        {
            context.HttpContext.Response.Headers.RetryAfter = "2";
            return Problem.Of(
                StatusCodes.Status503ServiceUnavailable,
                "database_unavailable",
                "The training service cannot reach its database at the moment. Nothing was changed; try again."
            );
        }
    }
}
