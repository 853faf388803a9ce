using Slipway.Contracts.Inference;
using Slipway.Inference.Service.Json;
using Slipway.Inference.Service.SharedMemory;

namespace Slipway.Inference.Service.Predictions;

/// <summary>
/// A prediction over HTTP: body and headers in, body and headers out, both encoded as their headers say. It owns <paramref name="shared"/>, which is null where shared
/// memory is not offered.
/// </summary>
internal sealed class HttpExchange(
    HttpContext context,
    IPredictionProtocol protocol,
    AnswerBuffers buffers,
    InferenceOptions limits,
    RequestMemory? memory = null,
    SharedMemoryUse? shared = null
) : IPredictionExchange, IDisposable
{
    private RequestBody? _body;
    private PooledBuffer? _answer;

    public string? PredictionId =>
        context.Request.Headers.TryGetValue(PredictionHeaders.PredictionId, out var given) ? given.ToString() : null;

    public string? EventTime => context.Request.Headers.TryGetValue(PredictionHeaders.EventTime, out var given) ? given.ToString() : null;

    public string? TraceParent => context.Request.Headers.TraceParent is { Count: 1 } given ? given.ToString() : null;

    public TimeSpan? TimeLimit => null;

    public async ValueTask ReceiveAsync(CancellationToken cancellationToken) =>
        _body = await RequestBody.ReadAsync(context.Request, limits.MaxRequestBytes, cancellationToken, memory);

    public PredictionRequest Read(ModelFacts facts, string name)
    {
        try
        {
            return protocol.Read(new IncomingPrediction(context.Request, _body!, facts, name, limits, shared));
        }
        finally
        {
            // A run may take long: the memory of the body is not kept for it.
            _body!.Dispose();
            _body = null;
        }
    }

    public void Write(in PredictionAnswer answer)
    {
        _answer = buffers.Get();
        context.Response.ContentType = "application/json";
        protocol.Write(_answer, context.Response.Headers, answer);
    }

    public async ValueTask SendAsync(string predictionId, string servedBy, CancellationToken cancellationToken)
    {
        var headers = context.Response.Headers;
        headers[PredictionHeaders.PredictionId] = predictionId;
        headers[PredictionHeaders.ServedBy] = servedBy;
        if (ContentCoding.Choose(context.Request.Headers.AcceptEncoding) is { } coding)
        {
            using var encoded = ContentCoding.Encode(_answer!, coding);
            headers.ContentEncoding = coding;
            headers.Vary = "Accept-Encoding";
            headers.ContentLength = encoded.TotalLength;
            await encoded.SendAsync(context.Response.BodyWriter, cancellationToken);
            return;
        }
        headers.ContentLength = _answer!.TotalLength;
        await _answer.SendAsync(context.Response.BodyWriter, cancellationToken);
    }

    public void Dispose()
    {
        _body?.Dispose();
        shared?.Dispose();
        if (_answer is not null)
        {
            buffers.Return(_answer);
        }
    }
}
