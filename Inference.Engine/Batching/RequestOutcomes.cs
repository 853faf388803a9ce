using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Telemetry;

namespace Slipway.Inference.Engine.Batching;

/// <summary>What the callers of one model are told where nothing ran for them, and the counts of what became of their requests.</summary>
internal sealed class RequestOutcomes(ModelLabels labels, EngineMetrics? metrics, ILogger logger)
{
    private const string FailedOnInput = "the model failed on this input";

    private readonly TagList _tags = new() { { "model", labels.Model }, { "version", labels.Version } };

    /// <summary>The answer to a request whose time limit passed; not counted.</summary>
    public static InferenceResult Late => InferenceResult.NotServed(InferenceStatus.DeadlineExceeded, "the request's time limit passed");

    /// <summary>The answer to a request whose caller gave up; not counted.</summary>
    public static InferenceResult Cancelled => InferenceResult.NotServed(InferenceStatus.Cancelled, "the request was cancelled");

    /// <summary>Counts an answer, and gives it back.</summary>
    public InferenceResult Count(InferenceResult result)
    {
        metrics?.RequestEnded(_tags, OutcomeLabel(result.Status));
        return result;
    }

    /// <summary>The answer after an exception: a bug of ours or of the runtime's wrapper, which every caller hears of in the same words.</summary>
    public InferenceResult Failed(Exception cause)
    {
        EngineLog.RunFailed(logger, cause, labels.Model, labels.Version);
        return InferenceResult.NotServed(InferenceStatus.Failed, FailedOnInput);
    }

    public void Queued(int change) => metrics?.RequestQueued(_tags, change);

    public void Dequeued(TimeSpan waited) => metrics?.RequestDequeued(_tags, waited);

    public void Ran(long rows, TimeSpan duration) => metrics?.BatchRan(_tags, rows, duration);

    public void JoiningTurnedOff(string reason) => EngineLog.JoiningTurnedOff(logger, labels.Model, labels.Version, reason);

    private static string OutcomeLabel(InferenceStatus status) =>
        status switch
        {
            InferenceStatus.Ok => "ok",
            InferenceStatus.InvalidInput => "invalid_input",
            InferenceStatus.QueueFull => "queue_full",
            InferenceStatus.DeadlineExceeded => "deadline_exceeded",
            InferenceStatus.Cancelled => "cancelled",
            InferenceStatus.Unloading => "unloading",
            _ => "failed",
        };
}
