using Google.Protobuf;
using Microsoft.Extensions.Options;
using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.Grpc;

/// <summary>Serves calls of one message each way whose answers cost nothing.</summary>
internal sealed class GrpcUnary(IOptions<InferenceOptions> options, ILogger<GrpcUnary> logger)
{
    private readonly int _maxMessageBytes = options.Value.MaxRequestBytes;

    /// <summary>Answers a call.</summary>
    public async Task AnswerAsync<TRequest>(HttpContext context, MessageParser<TRequest> parser, Func<TRequest, IMessage> answer)
        where TRequest : IMessage<TRequest>
    {
        var call = new GrpcCall(context, _maxMessageBytes);
        if (!call.TryStart())
        {
            return;
        }
        try
        {
            await call.SendAsync(answer(await ReadAsync(call, parser)), context.RequestAborted);
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
