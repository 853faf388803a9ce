using System.Diagnostics;
using Microsoft.Extensions.Options;
using Slipway.Monitoring.Worker.Storage;
using Slipway.Monitoring.Worker.Telemetry;

namespace Slipway.Monitoring.Worker.Windows;

/// <summary>Runs the window pass when rows have arrived, and periodically to pick up what another replica or a crash left.</summary>
internal sealed class WindowWorker(
    WindowPass pass,
    WindowSignal signal,
    SchemaState schema,
    IOptions<WindowOptions> options,
    TimeProvider time,
    ILogger<WindowWorker> logger
) : BackgroundService
{
    private const int PausePerWork = 4;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await schema.WaitAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            var started = Stopwatch.GetTimestamp();
            try
            {
                await pass.RunOnceAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                MonitoringLog.PassFailed(logger, "windows", e.Message);
            }
            var pause = TimeSpan.FromMilliseconds(options.Value.MinPauseMs);
            var rest = Stopwatch.GetElapsedTime(started) * PausePerWork;
            await Task.Delay(rest > pause ? rest : pause, time, stoppingToken);
            await signal.WaitAsync(TimeSpan.FromSeconds(options.Value.IntervalSeconds), time, stoppingToken);
        }
    }
}
