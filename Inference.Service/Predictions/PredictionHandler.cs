using System.Diagnostics;
using Microsoft.Extensions.ObjectPool;
using Microsoft.Extensions.Options;
using Slipway.Contracts.Identifiers;
using Slipway.Contracts.Inference;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Serving;
using Slipway.Inference.Service.Json;
using Slipway.Inference.Service.PredictionLog;
using Slipway.Inference.Service.Serving;

namespace Slipway.Inference.Service.Predictions;

/// <summary>
/// The path of every prediction, whatever its protocol: choose the model, read the tensors, run, write the answer, log the rows, send. The rows are in the journal before the
/// answer leaves, so that no answered request is missing from the log.
/// </summary>
internal sealed class PredictionHandler(
    ModelDirectory models,
    ModelFactsTable facts,
    ServingDirectory serving,
    PredictionLogger log,
    InferenceMetrics metrics,
    IOptions<InferenceOptions> options,
    TimeProvider time
)
{
    private const int StatusClientClosedRequest = 499;
    private const int MaxKeptBufferBytes = 1 << 20;
    private static readonly ActivitySource s_activities = new(InferenceMetrics.MeterName);

    private readonly InferenceOptions _limits = options.Value;
    private readonly ObjectPool<PooledBuffer> _buffers = new DefaultObjectPool<PooledBuffer>(new DefaultPooledObjectPolicy<PooledBuffer>());

    /// <summary>Answers a prediction request for <paramref name="name"/>.</summary>
    public async Task HandleAsync(HttpContext context, IPredictionProtocol protocol, string name, string? version)
    {
        var started = time.GetTimestamp();
        metrics.Began();
        LoadedModel? model = null;
        ModelFacts? modelFacts = null;
        var status = StatusCodes.Status500InternalServerError;
        try
        {
            using var lease = models.Lease(name, version);
            model = lease.Model;
            modelFacts = facts.Of(model);
            await AnswerAsync(context, protocol, name, model, modelFacts, started);
            status = StatusCodes.Status200OK;
        }
        catch (Exception e) when (Refusal(e, context) is var refused && refused.Status != 0)
        {
            status = refused.Status;
            await ErrorAnswer.WriteAsync(context, status, refused.Message);
        }
        finally
        {
            metrics.Ended(model is null ? null : name, model?.Name, modelFacts?.VersionText, status, time.GetElapsedTime(started));
        }
    }

    private async Task AnswerAsync(
        HttpContext context,
        IPredictionProtocol protocol,
        string name,
        LoadedModel model,
        ModelFacts modelFacts,
        long started
    )
    {
        using var request = await ReadAsync(context, protocol, name, modelFacts);
        var (rowId, at) = Identify(context.Request.Headers, request);
        var limit = request.TimeLimit < _limits.RequestTimeout ? request.TimeLimit.Value : _limits.RequestTimeout;
        using var result = await model.InferAsync(request.Inputs, limit - time.GetElapsedTime(started), context.RequestAborted);
        if (result.Status != InferenceStatus.Ok)
        {
            throw Refused(result, name);
        }
        metrics.Ran(name, model.Name, modelFacts.VersionText, result);
        Trace(result);
        var buffer = _buffers.Get();
        try
        {
            protocol.Write(
                buffer,
                new PredictionAnswer
                {
                    Name = name,
                    Id = request.Id is { Length: > 0 } given ? given : rowId,
                    Request = request,
                    Facts = modelFacts,
                    Outputs = result.Outputs,
                }
            );
            modelFacts.CountRequest();
            if (serving.Current.IsLogged(name))
            {
                await LogAsync(name, model, modelFacts, request, result, rowId, at, started);
            }
            var headers = context.Response.Headers;
            headers[PredictionHeaders.PredictionId] = rowId;
            headers[PredictionHeaders.ServedBy] = modelFacts.ServedBy;
            await ErrorAnswer.WriteJsonAsync(context, buffer);
        }
        finally
        {
            Return(buffer);
        }
    }

    private void Return(PooledBuffer buffer)
    {
        if (buffer.Length > MaxKeptBufferBytes)
        {
            // A rare giant must not stay for good.
            buffer.Dispose();
            return;
        }
        buffer.Clear();
        _buffers.Return(buffer);
    }

    private async ValueTask<PredictionRequest> ReadAsync(
        HttpContext context,
        IPredictionProtocol protocol,
        string name,
        ModelFacts modelFacts
    )
    {
        using var body = await RequestBody.ReadAsync(context.Request, _limits.MaxRequestBytes, context.RequestAborted);
        return protocol.Read(body.Span, modelFacts, name, _limits);
    }

    // An id in the body is the caller's own business and echoed whatever it is; what the log joins by must be a prediction id.
    private (string RowId, DateTimeOffset At) Identify(IHeaderDictionary headers, PredictionRequest request)
    {
        var now = time.GetUtcNow();
        string? id = null;
        if (request.Id is { Length: > 0 } inBody)
        {
            id = FindProblem(inBody, request) is null ? inBody : null;
        }
        else if (headers.TryGetValue(PredictionHeaders.PredictionId, out var inHeader))
        {
            id = inHeader.ToString();
            if (FindProblem(id, request) is { } problem)
            {
                throw RequestRefusedException.BadRequest($"header {PredictionHeaders.PredictionId}: {problem}");
            }
        }
        var at = now;
        if (
            (request.EventTime ?? headers[PredictionHeaders.EventTime].ToString()) is { Length: > 0 } text
            && !EventTime.TryParse(text, out at)
        )
        {
            throw RequestRefusedException.BadRequest(
                $"the event time '{(text.Length > 50 ? text[..50] : text)}' is not ISO 8601, such as 2011-07-01T13:00:00Z"
            );
        }
        if (!EventTime.IsPlausible(at, now))
        {
            throw RequestRefusedException.BadRequest($"the event time {at:O} is not between 1900 and a day from now");
        }
        return (id ?? Guid.CreateVersion7(now).ToString(), at);
    }

    // The longest id that the log would make of it counts: monitoring refuses what is no prediction id.
    private static string? FindProblem(string id, PredictionRequest request)
    {
        var rows = request.Inputs.Length == 0 ? 1 : (int)request.Inputs[0].RowCount;
        return
            PredictionId.TryParse(id, out _, out var error)
            && (rows <= 1 || PredictionId.TryParse(PredictionId.ForRow(id, rows - 1, rows), out _, out error))
            ? null
            : error;
    }

    private Task LogAsync(
        string name,
        LoadedModel model,
        ModelFacts modelFacts,
        PredictionRequest request,
        InferenceResult result,
        string rowId,
        DateTimeOffset at,
        long started
    ) =>
        log.LogAsync(
            new AnsweredRequest
            {
                Plan = modelFacts.Plan,
                RequestId = rowId,
                Endpoint = name,
                Model = model.Name,
                Version = model.Version,
                At = at,
                Latency = time.GetElapsedTime(started),
                TraceParent = Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.Id : null,
                Inputs = request.Inputs,
                Outputs = result.Outputs,
            }
        );

    private void Trace(InferenceResult result)
    {
        if (!s_activities.HasListeners())
        {
            return;
        }
        var end = time.GetUtcNow();
        var computing = end - result.ComputeDuration;
        Span("queue", computing - result.QueueDuration, computing, result);
        Span("compute", computing, end, result);
    }

    private static void Span(string name, DateTimeOffset start, DateTimeOffset end, InferenceResult result)
    {
        using var span = s_activities.StartActivity(name, ActivityKind.Internal, parentContext: default, startTime: start);
        span?.SetTag("slipway.batch.rows", result.BatchRows).SetEndTime(end.UtcDateTime);
    }

    private static RequestRefusedException Refused(InferenceResult result, string name) =>
        new(
            result.Status switch
            {
                InferenceStatus.InvalidInput => StatusCodes.Status400BadRequest,
                InferenceStatus.QueueFull => StatusCodes.Status429TooManyRequests,
                InferenceStatus.DeadlineExceeded => StatusCodes.Status504GatewayTimeout,
                InferenceStatus.Cancelled => StatusClientClosedRequest,
                InferenceStatus.Unloading => StatusCodes.Status503ServiceUnavailable,
                _ => StatusCodes.Status500InternalServerError,
            },
            $"model '{name}': {result.Error}"
        );

    private static (int Status, string Message) Refusal(Exception e, HttpContext context) =>
        e switch
        {
            RequestRefusedException refused => (refused.Status, refused.Message),
            JsonFormatException wrong => (StatusCodes.Status400BadRequest, wrong.Message),
            BadHttpRequestException bad => (bad.StatusCode, bad.Message),
            OperationCanceledException or IOException when context.RequestAborted.IsCancellationRequested => (
                StatusClientClosedRequest,
                ""
            ),
            _ => (0, ""),
        };
}
