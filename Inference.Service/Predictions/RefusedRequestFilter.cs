namespace Slipway.Inference.Service.Predictions;

/// <summary>Turns a refusal on the protocols' metadata routes into their error shape.</summary>
internal sealed class RefusedRequestFilter : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (RequestRefusedException e)
        {
            await ErrorAnswer.WriteAsync(context.HttpContext, e.Status, e.Message, e.RetryAfter);
            return Results.Empty;
        }
    }
}
