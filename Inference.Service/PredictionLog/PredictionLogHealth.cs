using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Slipway.Inference.Service.PredictionLog;

/// <summary>Says in <c>/health/ready</c> when records are lost: degraded, since predictions are answered all the same.</summary>
internal static class PredictionLogHealth
{
    public static HealthCheckResult Check(PredictionLogMetrics metrics, PredictionJournal journal) =>
        metrics.IsDropping
            ? HealthCheckResult.Degraded(
                $"The prediction log drops records: {metrics.DroppedCount} so far, {journal.PendingBytes} bytes wait on disk for the broker."
            )
            : HealthCheckResult.Healthy($"{journal.PendingBytes} bytes wait on disk.");
}
