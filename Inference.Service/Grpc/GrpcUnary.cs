using Google.Protobuf;
using Microsoft.Extensions.Options;
using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.Grpc;

/// <summary>Serves calls of one message each way.</summary>
internal sealed class GrpcUnary(IOptions<InferenceOptions> options, RequestMemory memory, ILogger<GrpcUnary> logger)
{
    private readonly int _maxMessageBytes = options.Value.MaxRequestBytes;

    /// <summary>Answers a call.</summary>
    public Task AnswerAsync<TRequest>(HttpContext context, MessageParser<TRequest> parser, Func<TRequest, IMessage> answer)
        where TRequest : IMessage<TRequest> => AnswerAsync(context, parser, (request, _) => Task.FromResult(answer(request)));

    /// <summary>Answers a call that takes its time.</summary>
    public async Task AnswerAsync<TRequest>(
        HttpContext context,
        MessageParser<TRequest> parser,
        Func<TRequest, CancellationToken, Task<IMessage>> answer
    )
        where TRequest : IMessage<TRequest>
    {
        var call = new GrpcCall(context, _maxMessageBytes, memory);
        if (!call.TryStart())
        {
            return;
        }
        try
        {
            var request = await ReadAsync(call, parser);
            await call.SendAsync(await answer(request, context.RequestAborted), context.RequestAborted);
            call.Finish(GrpcStatus.Ok);
        }
        catch (Exception e)
        {
            GrpcFailures.Finish(call, e, logger);
        }
    }

    /// <summary>Reads the message of a call.</summary>
    public static async Task<TRequest> ReadAsync<TRequest>(GrpcCall call, MessageParser<TRequest> parser)
        where TRequest : IMessage<TRequest>
    {
        using var message = await call.ReadSingleAsync(call.Context.RequestAborted);
        try
        {
            return parser.ParseFrom(message.Bytes);
        }
        catch (InvalidProtocolBufferException)
        {
            throw ProtoReader.Malformed();
        }
    }
}
