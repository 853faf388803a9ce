using Microsoft.Extensions.Options;
using Slipway.Monitoring.Worker.Storage;
using Slipway.Monitoring.Worker.Telemetry;

namespace Slipway.Monitoring.Worker.Retention;

/// <summary>Runs the retention pass periodically.</summary>
internal sealed class RetentionWorker(
    RetentionPass pass,
    SchemaState schema,
    IOptions<RetentionOptions> options,
    TimeProvider time,
    ILogger<RetentionWorker> logger
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
                MonitoringLog.PassFailed(logger, "retention", e.Message);
            }
            await Task.Delay(TimeSpan.FromSeconds(options.Value.IntervalSeconds), time, stoppingToken);
        }
    }
}
