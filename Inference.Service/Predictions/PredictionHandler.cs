using Microsoft.Extensions.Options;
using Slipway.Inference.Service.SharedMemory;

namespace Slipway.Inference.Service.Predictions;

/// <summary>Answers predictions over HTTP, in the form that a protocol gives them.</summary>
internal sealed class PredictionHandler(
    PredictionCore core,
    AnswerBuffers buffers,
    RequestMemory memory,
    SharedMemoryRegions regions,
    IOptions<InferenceOptions> options
)
{
    private readonly InferenceOptions _limits = options.Value;

    /// <summary>Answers a prediction request for <paramref name="name"/>.</summary>
    public async Task HandleAsync(HttpContext context, IPredictionProtocol protocol, string name, string? version)
    {
        using var exchange = new HttpExchange(context, protocol, buffers, _limits, memory, regions.Begin());
        var outcome = await core.AnswerAsync(exchange, name, version, context.RequestAborted);
        if (!outcome.IsAnswered)
        {
            await ErrorAnswer.WriteAsync(context, outcome.Status, outcome.Error, outcome.RetryAfter);
        }
    }
}
