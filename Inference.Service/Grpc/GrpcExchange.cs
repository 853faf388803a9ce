using Slipway.Contracts.Inference;
using Slipway.Inference.Service.Json;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.SharedMemory;

namespace Slipway.Inference.Service.Grpc;

/// <summary>A prediction as one message of a call and one message of its answer.</summary>
internal sealed class GrpcExchange : IPredictionExchange, IDisposable
{
    private readonly GrpcCall _call;
    private readonly AnswerBuffers _buffers;
    private readonly bool _isStreamed;
    private readonly SharedMemoryUse? _shared;
    private readonly PooledBuffer _answer;
    private GrpcMessage? _message;
    private string _id = "";
    private InferRequestMessage? _request;

    /// <summary>
    /// Takes ownership of the message, also where it cannot be read and this throws, and of <paramref name="shared"/>, which is null where shared memory is not offered.
    /// </summary>
    public GrpcExchange(GrpcCall call, GrpcMessage message, AnswerBuffers buffers, bool isStreamed, SharedMemoryUse? shared = null)
    {
        try
        {
            _request = InferRequestMessage.Read(message.Bytes);
        }
        catch
        {
            // Nobody else disposes it, and its bytes would be counted as held for ever.
            message.Dispose();
            throw;
        }
        (_call, _message, _buffers, _isStreamed, _shared) = (call, message, buffers, isStreamed, shared);
        _answer = buffers.Get();
    }

    public string ModelName => _request!.ModelName;

    /// <summary>The version asked for; null to leave it to the server.</summary>
    public string? ModelVersion => _request!.ModelVersion is { Length: > 0 } version && version != "-1" ? version : null;

    /// <summary>The caller's id of the request, or empty.</summary>
    public string Id => _request?.Id ?? _id;

    public string? PredictionId => Header(PredictionHeaders.PredictionId);

    public string? EventTime => Header(PredictionHeaders.EventTime);

    public string? TraceParent => Header("traceparent");

    // A stream's deadline is that of the stream, not of each message.
    public TimeSpan? TimeLimit => _isStreamed ? null : _call.TimeLimit;

    public ValueTask ReceiveAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public PredictionRequest Read(ModelFacts facts, string name)
    {
        try
        {
            return InferRequestReader.Read(_request!, facts, name, _shared);
        }
        finally
        {
            Consume();
        }
    }

    public void Write(in PredictionAnswer answer)
    {
        GrpcCall.BeginMessage(_answer);
        if (!_isStreamed)
        {
            InferResponseWriter.Write(_answer, answer);
            return;
        }
        StreamResponseWriter.Write(_answer, answer);
    }

    public async ValueTask SendAsync(string predictionId, string servedBy, CancellationToken cancellationToken)
    {
        if (!_isStreamed)
        {
            var headers = _call.Context.Response.Headers;
            headers[PredictionHeaders.PredictionId] = predictionId;
            headers[PredictionHeaders.ServedBy] = servedBy;
        }
        await _call.SendAsync(_answer, cancellationToken);
    }

    public void Dispose()
    {
        Consume();
        _shared?.Dispose();
        _buffers.Return(_answer);
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

    private string? Header(string name) => _call.Context.Request.Headers.TryGetValue(name, out var given) ? given.ToString() : null;
}
