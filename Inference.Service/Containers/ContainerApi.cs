using Microsoft.Extensions.Options;
using Slipway.Inference.Service.Json;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.SharedMemory;
using Slipway.Inference.Service.V1;
using Slipway.Inference.Service.V2;

namespace Slipway.Inference.Service.Containers;

/// <summary>
/// The routes by which MLflow, SageMaker, Azure ML and Vertex AI call a container: <c>/ping</c>, <c>/invocations</c>, <c>/score</c>, <c>/version</c>, and those that the
/// environment names.
/// </summary>
internal static class ContainerApi
{
    private static readonly V1Protocol s_v1 = new();

    public static void Map(IEndpointRouteBuilder routes, PredictionCore core)
    {
        var services = routes.ServiceProvider;
        var options = services.GetRequiredService<IOptions<ContainerOptions>>().Value;
        var only = services.GetRequiredService<OnlyModel>();
        var buffers = services.GetRequiredService<AnswerBuffers>();
        var memory = services.GetRequiredService<RequestMemory>();
        var regions = services.GetRequiredService<SharedMemoryRegions>();
        var limits = services.GetRequiredService<IOptions<InferenceOptions>>().Value;
        routes.MapGet("/ping", GetHealth);
        routes.MapGet("/health", GetHealth);
        routes.MapGet("/version", (V2Descriptions descriptions) => descriptions.Server.Version);
        routes.MapPost("/invocations", context => PredictAsync(context, new ContainerProtocol()));
        routes.MapPost("/score", context => PredictAsync(context, new ContainerProtocol()));
        if (options.HealthRoute is { Length: > 0 } health)
        {
            routes.MapGet(health, GetHealth);
        }
        if (options.PredictRoute is { Length: > 0 } predict)
        {
            routes.MapPost(predict, context => PredictAsync(context, IsRows(context.Request) ? s_v1 : new ContainerProtocol()));
        }

        if (options.MultiModelFolder is { Length: > 0 })
        {
            MultiModelApi.Map(routes, (context, name) => PredictAsync(context, new ContainerProtocol(), name));
        }

        async Task PredictAsync(HttpContext context, IPredictionProtocol protocol, string? name = null)
        {
            PredictionOutcome outcome;
            try
            {
                using var exchange = new HttpExchange(context, protocol, buffers, limits, memory, regions.Begin());
                outcome = await core.AnswerAsync(exchange, name ?? only.Find(), null, context.RequestAborted);
            }
            catch (RequestRefusedException e)
            {
                outcome = new PredictionOutcome(e.Status, e.Message);
            }
            if (!outcome.IsAnswered)
            {
                await WriteErrorAsync(context, outcome);
            }
        }
    }

    // Vertex AI's own form is v1's; a content type of another form is told apart as elsewhere.
    private static bool IsRows(HttpRequest request) => request.ContentType is null || request.HasJsonContentType();

    private static IResult GetHealth(V2Descriptions descriptions) =>
        Results.StatusCode(descriptions.IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);

    /// <summary>Errors in the form of MLflow's scoring server, with the text under the name that the other protocols use as well.</summary>
    private static async Task WriteErrorAsync(HttpContext context, PredictionOutcome outcome)
    {
        if (context.Response.HasStarted || context.RequestAborted.IsCancellationRequested)
        {
            return;
        }
        using var buffer = new PooledBuffer();
        buffer.Write("{\"error_code\":\""u8);
        JsonText.WriteAscii(buffer, outcome.Status < 500 ? "BAD_REQUEST" : "INTERNAL_ERROR");
        buffer.Write("\",\"message\":"u8);
        JsonText.WriteString(buffer, outcome.Error);
        buffer.Write(",\"error\":"u8);
        JsonText.WriteString(buffer, outcome.Error);
        buffer.Write((byte)'}');
        await ErrorAnswer.SendAsync(context, outcome.Status, buffer, outcome.RetryAfter);
    }
}
