using Slipway.Contracts.Inference;
using Slipway.Inference.Service.Json;
using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.Grpc;

/// <summary>A prediction as one message of a call and one message of its answer.</summary>
internal sealed class GrpcExchange(GrpcCall call, GrpcMessage message, AnswerBuffers buffers, bool isStreamed)
    : IPredictionExchange,
        IDisposable
{
    private readonly PooledBuffer _answer = buffers.Get();
    private GrpcMessage? _message = message;
    private string _id = "";
    private InferRequestMessage? _request = InferRequestMessage.Read(message.Bytes);

    public string ModelName => _request!.ModelName;

    /// <summary>The version asked for; null to leave it to the server.</summary>
    public string? ModelVersion => _request!.ModelVersion is { Length: > 0 } version && version != "-1" ? version : null;

    /// <summary>The caller's id of the request, or empty.</summary>
    public string Id => _request?.Id ?? _id;

    public string? PredictionId => Header(PredictionHeaders.PredictionId);

    public string? EventTime => Header(PredictionHeaders.EventTime);

    public string? TraceParent => Header("traceparent");

    // A stream's deadline is that of the stream, not of each message.
    public TimeSpan? TimeLimit => isStreamed ? null : call.TimeLimit;

    public ValueTask ReceiveAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public PredictionRequest Read(ModelFacts facts, string name)
    {
        try
        {
            return InferRequestReader.Read(_request!, facts, name);
        }
        finally
        {
            Consume();
        }
    }

    public void Write(in PredictionAnswer answer)
    {
        GrpcCall.BeginMessage(_answer);
        if (!isStreamed)
        {
            InferResponseWriter.Write(_answer, answer);
            return;
        }
        StreamResponseWriter.Write(_answer, answer);
    }

    public async ValueTask SendAsync(string predictionId, string servedBy, CancellationToken cancellationToken)
    {
        if (!isStreamed)
        {
            var headers = call.Context.Response.Headers;
            headers[PredictionHeaders.PredictionId] = predictionId;
            headers[PredictionHeaders.ServedBy] = servedBy;
        }
        await call.SendAsync(_answer, cancellationToken);
    }

    public void Dispose()
    {
        Consume();
        buffers.Return(_answer);
    }

    // Before the run, which may take long: the memory of the message is not kept for it.
    private void Consume()
    {
        if (_request is not null)
        {
            _id = _request.Id;
            _request = null;
        }
        _message?.Dispose();
        _message = null;
    }

    private string? Header(string name) => call.Context.Request.Headers.TryGetValue(name, out var given) ? given.ToString() : null;
}
