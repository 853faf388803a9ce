using System.Diagnostics;
using Microsoft.Extensions.Options;
using Slipway.Contracts.Identifiers;
using Slipway.Contracts.Inference;
using Slipway.Inference.Engine.Batching;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Serving;
using Slipway.Inference.Service.Json;
using Slipway.Inference.Service.PredictionLog;
using Slipway.Inference.Service.Serving;
using Slipway.Inference.Service.V2;

namespace Slipway.Inference.Service.Predictions;

/// <summary>
/// The path of every prediction, whatever its protocol and transport: choose the model, read the tensors, run, write the answer, log the rows, send. The rows are in the
/// journal before the answer leaves, so that no answered request is missing from the log.
/// </summary>
internal sealed class PredictionCore(
    ModelDirectory models,
    ModelFactsTable facts,
    ServingDirectory serving,
    InferenceMetrics metrics,
    IOptions<InferenceOptions> options,
    IOptions<V2Options> v2,
    TimeProvider time,
    PredictionLogger? log = null
)
{
    private const int StatusClientClosedRequest = 499;

    private readonly InferenceOptions _limits = options.Value;

    /// <summary>Answers a prediction request for <paramref name="name"/>, or says why not. A caller's cancellation ends it; only bugs are thrown.</summary>
    public async Task<PredictionOutcome> AnswerAsync(
        IPredictionExchange exchange,
        string name,
        string? version,
        CancellationToken cancellationToken
    )
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
            if (!lease.TryOpen() && await lease.OpenAsync(LimitOf(exchange), cancellationToken) is { } refused)
            {
                throw ModelDirectory.Refused(refused, name, v2.Value.QueueFullStatus);
            }
            modelFacts = facts.Of(model);
            await AnswerAsync(exchange, name, model, modelFacts, started, cancellationToken);
            status = StatusCodes.Status200OK;
            return PredictionOutcome.Answered;
        }
        catch (Exception e) when (Refusal(e, cancellationToken) is var refusal && refusal.Status != 0)
        {
            status = refusal.Status;
            return refusal;
        }
        finally
        {
            var elapsed = time.GetElapsedTime(started);
            if (status != StatusCodes.Status200OK)
            {
                modelFacts?.Statistics.Failed(status, elapsed);
            }
            metrics.Ended(modelFacts?.TagsOf(name) ?? PredictionTags.None, status, elapsed);
        }
    }

    private async Task AnswerAsync(
        IPredictionExchange exchange,
        string name,
        LoadedModel model,
        ModelFacts modelFacts,
        long started,
        CancellationToken cancellationToken
    )
    {
        await exchange.ReceiveAsync(cancellationToken);
        var received = time.GetTimestamp();
        using var request = exchange.Read(modelFacts, name);
        var most = modelFacts.Configuration.MaxRequestRows;
        if (most > 0 && RowsOf(request) > most)
        {
            throw RequestRefusedException.BadRequest($"inference request batch-size must be <= {most} for '{name}'");
        }
        var (rowId, at) = Identify(exchange, request);
        var inputDuration = time.GetElapsedTime(received);
        var call = new InferenceCall
        {
            TimeLimit = LimitOf(exchange, request) - time.GetElapsedTime(started),
            Priority = (int)Math.Min(request.Priority, int.MaxValue),
            Sequence = request.Sequence,
        };
        using var result = await model.InferAsync(request.Inputs, call, cancellationToken);
        if (result.Status != InferenceStatus.Ok)
        {
            throw ModelDirectory.Refused(result, name, v2.Value.QueueFullStatus);
        }
        var ran = time.GetTimestamp();
        exchange.Write(
            new PredictionAnswer
            {
                Name = name,
                Id = request.Id is { Length: > 0 } given ? given : rowId,
                Request = request,
                Facts = modelFacts,
                Outputs = result.Outputs,
            }
        );
        var times = new RequestTimes(
            RowsOf(request),
            result.BatchRows,
            inputDuration,
            result.QueueDuration,
            result.ComputeDuration,
            time.GetElapsedTime(ran),
            time.GetElapsedTime(started)
        )
        {
            IsFromCache = result.IsFromCache,
        };
        var now = time.GetUtcNow();
        modelFacts.Statistics.Succeeded(times, now);
        metrics.Ran(modelFacts.TagsOf(name), times);
        PredictionSpans.Write(times, time.GetElapsedTime(received), now);
        if (log is { } logger && serving.Current.IsLogged(name))
        {
            Log(logger, exchange, name, model, modelFacts, request, result, rowId, at, started);
        }
        await exchange.SendAsync(rowId, modelFacts.ServedBy, cancellationToken);
    }

    // Whoever sets a limit may only shorten the others'.
    private TimeSpan LimitOf(IPredictionExchange exchange, PredictionRequest request)
    {
        var limit = LimitOf(exchange);
        return request.TimeLimit < limit ? request.TimeLimit.Value : limit;
    }

    private TimeSpan LimitOf(IPredictionExchange exchange) =>
        exchange.TimeLimit < _limits.RequestTimeout ? exchange.TimeLimit.Value : _limits.RequestTimeout;

    private static long RowsOf(PredictionRequest request) => request.Inputs.Length == 0 ? 1 : Math.Max(1, request.Inputs[0].RowCount);

    // An id in the body is the caller's own business and echoed whatever it is; what the log joins by must be a prediction id.
    private (string RowId, DateTimeOffset At) Identify(IPredictionExchange exchange, PredictionRequest request)
    {
        var now = time.GetUtcNow();
        string? id = null;
        if (request.Id is { Length: > 0 } inBody)
        {
            id = FindProblem(inBody, request) is null ? inBody : null;
        }
        else if (exchange.PredictionId is { } outsideBody)
        {
            id = outsideBody;
            if (FindProblem(id, request) is { } problem)
            {
                throw RequestRefusedException.BadRequest($"header {PredictionHeaders.PredictionId}: {problem}");
            }
        }
        var at = now;
        if ((request.EventTime ?? exchange.EventTime) is { Length: > 0 } text && !EventTime.TryParse(text, out at))
        {
            throw RequestRefusedException.BadRequest(
                $"the event time '{(text.Length > 50 ? text[..50] : text)}' is not ISO 8601, such as 2011-07-01T13:00:00Z"
            );
        }
        if (!EventTime.IsPlausible(at, now))
        {
            throw RequestRefusedException.BadRequest($"the event time {at:O} is not between 1900 and a day from now");
        }
        return (id ?? PredictionIds.Create(now), at);
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

    // Without tracing there is no span of ours; the caller's trace is known all the same.
    private static string? TraceParentOf(IPredictionExchange exchange) =>
        Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.Id
        : exchange.TraceParent is { } given && ActivityContext.TryParse(given, null, out _) ? given
        : null;

    private void Log(
        PredictionLogger logger,
        IPredictionExchange exchange,
        string name,
        LoadedModel model,
        ModelFacts modelFacts,
        PredictionRequest request,
        InferenceResult result,
        string rowId,
        DateTimeOffset at,
        long started
    ) =>
        logger.Log(
            new AnsweredRequest
            {
                Plan = modelFacts.Plan,
                RequestId = rowId,
                Endpoint = name,
                Model = model.Name,
                Version = model.Version,
                At = at,
                Latency = time.GetElapsedTime(started),
                TraceParent = TraceParentOf(exchange),
                Inputs = request.Inputs,
                Outputs = result.Outputs,
            }
        );

    private static PredictionOutcome Refusal(Exception e, CancellationToken cancellationToken) =>
        e switch
        {
            RequestRefusedException refused => new(refused.Status, refused.Message, refused.RetryAfter),
            JsonFormatException wrong => new(StatusCodes.Status400BadRequest, wrong.Message),
            BadHttpRequestException bad => new(bad.StatusCode, bad.Message),
            OperationCanceledException or IOException when cancellationToken.IsCancellationRequested => new(StatusClientClosedRequest, ""),
            _ => new(0, ""),
        };
}
