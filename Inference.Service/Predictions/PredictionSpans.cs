using System.Diagnostics;

namespace Slipway.Inference.Service.Predictions;

/// <summary>The phases of an answered request as spans below the request's own, by the names of its metrics.</summary>
internal static class PredictionSpans
{
    private static readonly ActivitySource s_activities = new(InferenceMetrics.MeterName);

    /// <summary>
    /// Writes the phases down after they have ended: the last one ends at <paramref name="now"/>, the first began <paramref name="sinceInput"/> before it.
    /// </summary>
    public static void Write(in RequestTimes times, TimeSpan sinceInput, DateTimeOffset now)
    {
        if (!s_activities.HasListeners())
        {
            return;
        }
        var inputStart = now - sinceInput;
        var outputStart = now - times.Output;
        var computeStart = outputStart - times.Compute;
        Write("compute_input", inputStart, inputStart + times.Input, times.Rows);
        Write("queue", computeStart - times.Queue, computeStart, times.Rows);
        Write("compute", computeStart, outputStart, times.BatchRows);
        Write("compute_output", outputStart, now, times.Rows);
    }

    private static void Write(string name, DateTimeOffset start, DateTimeOffset end, long rows)
    {
        using var span = s_activities.StartActivity(name, ActivityKind.Internal, parentContext: default, startTime: start);
        span?.SetTag("slipway.batch.rows", rows).SetEndTime(end.UtcDateTime);
    }
}
