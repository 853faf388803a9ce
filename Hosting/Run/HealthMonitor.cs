using Aspire.Hosting.State;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Run;

/// <summary>Asks a resource's health checks while it runs: often until it is healthy, then now and then.</summary>
internal sealed class HealthMonitor(
    string name,
    IReadOnlySet<string> keys,
    HealthCheckService checks,
    ResourceBoard board,
    TimeProvider clock
)
{
    public static readonly TimeSpan HealthyInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_firstInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_longestInterval = TimeSpan.FromSeconds(2);

    public async Task RunAsync(CancellationToken stopping)
    {
        var interval = s_firstInterval;
        while (true)
        {
            await board.WaitAsync(b => b.Find(name)!.State == ResourceStates.Running, stopping);
            var run = board.Find(name)!;
            var report = keys.Count == 0 ? null : await checks.CheckHealthAsync(r => keys.Contains(r.Name), stopping);
            var unknown = report is null ? null : keys.FirstOrDefault(key => !report.Entries.ContainsKey(key));
            var healthy = unknown is null && (report is null or { Status: HealthStatus.Healthy });
            var problem = report?.Entries.Values.FirstOrDefault(e => e.Status != HealthStatus.Healthy);
            var detail = unknown is null
                ? problem?.Description ?? problem?.Exception?.Message
                : $"No health check is registered under the key '{unknown}'.";
            // The answer may be about a process that has ended in the meantime.
            board.Update(name, s => IsSameRun(s, run) ? s with { Health = healthy ? "Healthy" : "Unhealthy", HealthDetail = detail } : s);
            interval =
                healthy ? s_firstInterval
                : interval * 2 > s_longestInterval ? s_longestInterval
                : interval * 2;
            await WaitAsync(run, healthy ? HealthyInterval : interval, stopping);
        }
    }

    private static bool IsSameRun(ResourceSnapshot now, ResourceSnapshot then) =>
        now.State == ResourceStates.Running && now.Pid == then.Pid && now.StartedAt == then.StartedAt;

    // Until the interval has passed, or the process has ended.
    private async Task WaitAsync(ResourceSnapshot run, TimeSpan interval, CancellationToken stopping)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var ended = board.WaitAsync(b => !IsSameRun(b.Find(name)!, run), either.Token);
        var passed = Task.Delay(interval, clock, either.Token);
        await Task.WhenAny(ended, passed);
        await either.CancelAsync();
        stopping.ThrowIfCancellationRequested();
    }
}
