using System.Diagnostics;
using MassTransit;
using Npgsql;
using Slipway.Contracts.Messages;
using Slipway.Monitoring.Worker.Storage;
using Slipway.Monitoring.Worker.Telemetry;
using Slipway.Monitoring.Worker.Windows;

namespace Slipway.Monitoring.Worker.Predictions;

/// <summary>Stores a batch, and acknowledges it (by returning) only after the commit.</summary>
internal sealed class PredictionsLoggedConsumer(
    PredictionStore store,
    SchemaState schema,
    WindowSignal signal,
    MonitoringMetrics metrics,
    PredictionTraces traces,
    TimeProvider time,
    ILogger<PredictionsLoggedConsumer> logger
) : IConsumer<PredictionsLogged>
{
    private static readonly TimeSpan s_schemaPatience = TimeSpan.FromSeconds(5);

    public async Task Consume(ConsumeContext<PredictionsLogged> context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var batch = context.Message;
        var records = batch.ReadRecords();
        await WaitForSchemaAsync(context.CancellationToken);

        using var span = traces.Start(batch, records);
        var stored = await store.StoreAsync(records, context.CancellationToken);
        traces.Continue(records, span);
        if (stored.Stored > 0)
        {
            signal.Set();
        }
        metrics.PredictionsStored(stored, time.GetUtcNow() - batch.SentAt);
        span?.SetTag("slipway.predictions.stored", stored.Stored);
        if (stored.Invalid > 0 || stored.Conflicts > 0)
        {
            span?.SetStatus(ActivityStatusCode.Error, "Some predictions were refused.");
            MonitoringLog.BatchWithRefused(logger, batch.BatchId, records.Count, stored.Invalid, stored.Conflicts);
        }
    }

    private async Task WaitForSchemaAsync(CancellationToken ct)
    {
        try
        {
            await schema.WaitAsync(ct).WaitAsync(s_schemaPatience, time, ct);
        }
        catch (TimeoutException e)
        {
            // As a transient database error, which the transport retries for hours instead of giving the batch up.
            throw new NpgsqlException("The monitoring database has not been reached yet.", e);
        }
    }
}
