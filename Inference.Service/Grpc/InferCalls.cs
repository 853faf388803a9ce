using Microsoft.Extensions.Options;
using Slipway.Inference.Service.Json;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.SharedMemory;

namespace Slipway.Inference.Service.Grpc;

/// <summary><c>ModelInfer</c> and <c>ModelStreamInfer</c>.</summary>
internal sealed class InferCalls(
    PredictionCore core,
    AnswerBuffers buffers,
    IOptions<InferenceOptions> options,
    RequestMemory memory,
    SharedMemoryRegions regions,
    IHostApplicationLifetime lifetime,
    ILogger<InferCalls> logger
)
{
    private readonly int _maxMessageBytes = options.Value.MaxRequestBytes;

    /// <summary>One request, one answer.</summary>
    public async Task InferAsync(HttpContext context)
    {
        var call = new GrpcCall(context, _maxMessageBytes, memory);
        if (!call.TryStart())
        {
            return;
        }
        try
        {
            var message = await call.ReadSingleAsync(context.RequestAborted);
            using var exchange = new GrpcExchange(call, message, buffers, isStreamed: false, regions.Begin());
            var outcome = await core.AnswerAsync(exchange, exchange.ModelName, exchange.ModelVersion, context.RequestAborted);
            call.Finish(GrpcStatus.Of(outcome.Status), outcome.Error);
        }
        catch (Exception e)
        {
            GrpcFailures.Finish(call, e, logger);
        }
    }

    /// <summary>
    /// Requests and answers in turn, until the caller ends the stream or the service stops. A request that cannot be answered has its error in its answer, and the stream
    /// goes on; a caller that sends <c>triton_grpc_error: true</c> wants the status of gRPC and the end of the stream in its place.
    /// </summary>
    public async Task StreamAsync(HttpContext context)
    {
        var call = new GrpcCall(context, _maxMessageBytes, memory);
        if (!call.TryStart())
        {
            return;
        }
        call.AllowLongStream();
        var endsOnError = string.Equals(context.Request.Headers["triton_grpc_error"], "true", StringComparison.OrdinalIgnoreCase);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            // The caller may wait for the headers before it sends anything.
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
            while (await call.ReadAsync(stopping.Token) is { } message)
            {
                var outcome = await AnswerAsync(call, message, !endsOnError, context.RequestAborted);
                if (!outcome.IsAnswered && endsOnError)
                {
                    call.Finish(GrpcStatus.Of(outcome.Status), outcome.Error);
                    return;
                }
            }
            call.Finish(GrpcStatus.Ok);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            call.Finish(GrpcStatus.Unavailable, "the server is stopping");
        }
        catch (Exception e)
        {
            GrpcFailures.Finish(call, e, logger);
        }
    }

    private async Task<PredictionOutcome> AnswerAsync(
        GrpcCall call,
        GrpcMessage message,
        bool sendsErrors,
        CancellationToken cancellationToken
    )
    {
        using var exchange = new GrpcExchange(call, message, buffers, isStreamed: true, regions.Begin());
        var outcome = await core.AnswerAsync(exchange, exchange.ModelName, exchange.ModelVersion, cancellationToken);
        if (!outcome.IsAnswered && sendsErrors)
        {
            using var buffer = new PooledBuffer();
            GrpcCall.BeginMessage(buffer);
            StreamResponseWriter.WriteError(buffer, outcome.Error, exchange.Id);
            await call.SendAsync(buffer, cancellationToken);
        }
        await call.Context.Response.BodyWriter.FlushAsync(cancellationToken);
        return outcome;
    }
}
