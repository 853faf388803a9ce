using Microsoft.Extensions.Options;
using Slipway.Monitoring.Worker.Storage;
using Slipway.Monitoring.Worker.Telemetry;

namespace Slipway.Monitoring.Worker.Retraining;

/// <summary>Runs the retrain pass when a request has been written, and periodically.</summary>
internal sealed class RetrainWorker(
    RetrainPass pass,
    RetrainSignal signal,
    SchemaState schema,
    IOptions<RetrainOptions> options,
    TimeProvider time,
    ILogger<RetrainWorker> logger
) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await schema.WaitAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await pass.RunOnceAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                MonitoringLog.PassFailed(logger, "retraining", e.Message);
            }
            await signal.WaitAsync(TimeSpan.FromSeconds(options.Value.IntervalSeconds), time, stoppingToken);
        }
    }
}
