using Microsoft.EntityFrameworkCore;
using Slipway.Contracts.Monitoring;
using Slipway.Monitoring.Worker.Retraining;
using Slipway.Monitoring.Worker.Storage;

namespace Slipway.Monitoring.Worker.Alerts;

/// <summary>
/// Raises and clears the alerts of one endpoint from its closed windows. Windows that counted for an earlier alert are not looked at again, so an outcome that comes
/// late corrects their numbers without raising it once more.
/// </summary>
internal sealed class AlertEvaluator(RetrainPlanner retraining, TimeProvider time)
{
    /// <summary>A version without traffic in this many newer closed windows has been replaced.</summary>
    private const int SupersededAfter = 2;

    private const int MaxWindows = 1000;
    private static readonly string[] s_kinds = [AlertKinds.Accuracy, AlertKinds.Drift];

    /// <summary>Adds its changes to <paramref name="context"/>, within the caller's transaction.</summary>
    public async Task<AlertChanges> EvaluateAsync(MonitoringDb context, MonitorDefinition monitor, CancellationToken ct)
    {
        var endpoint = monitor.Endpoint;
        var closedStarts = await context
            .Windows.Where(w => w.Endpoint == endpoint && w.Closed)
            .Select(w => w.Start)
            .Distinct()
            .OrderByDescending(s => s)
            .Take(SupersededAfter + 1)
            .ToListAsync(ct);
        if (closedStarts.Count == 0)
        {
            return new AlertChanges([], []);
        }
        // A version whose last window is older than this has no traffic in two newer closed windows.
        var supersededBefore = closedStarts.Count >= SupersededAfter ? closedStarts[SupersededAfter - 1] : DateTimeOffset.MinValue;
        var serving = await context
            .Windows.Where(w => w.Endpoint == endpoint && w.Start >= supersededBefore)
            .Select(w => new { w.Model, w.Version })
            .Distinct()
            .ToListAsync(ct);
        var open = await context.Alerts.Where(a => a.Endpoint == endpoint && a.Status == AlertKinds.Open).ToListAsync(ct);

        var changed = new List<AlertRow>();
        var now = time.GetUtcNow();
        foreach (var alert in open.Where(a => !serving.Any(s => s.Model == a.Model && s.Version == a.Version)))
        {
            Clear(alert, closedStarts[0].AddSeconds(monitor.WindowSeconds), now);
            changed.Add(alert);
        }
        foreach (var version in serving)
        {
            foreach (var kind in s_kinds)
            {
                var current = open.SingleOrDefault(a => a.Model == version.Model && a.Version == version.Version && a.Kind == kind);
                await FollowAsync(context, monitor, version.Model, version.Version, kind, current, changed, ct);
            }
        }
        await context.SaveChangesAsync(ct);
        var retrains = await retraining.PlanAsync(context, monitor, closedStarts[0], ct);
        return new AlertChanges(changed, retrains);
    }

    private async Task FollowAsync(
        MonitoringDb context,
        MonitorDefinition monitor,
        string model,
        int version,
        string kind,
        AlertRow? open,
        List<AlertRow> changed,
        CancellationToken ct
    )
    {
        var after = open?.WindowEnd ?? await LastClearedAsync(context, monitor.Endpoint, model, version, kind, ct);
        var windows = await context
            .Windows.AsNoTracking()
            .Where(w => w.Endpoint == monitor.Endpoint && w.Model == model && w.Version == version && w.Closed && w.End > after)
            .OrderByDescending(w => w.Start)
            .Take(MaxWindows)
            // Not the whole rows: a thousand windows of a model with many features are hundreds of megabytes of drift.
            .Select(w => new
            {
                w.Start,
                w.End,
                Bad = kind == AlertKinds.Accuracy ? w.AccuracyBad : w.Drifted,
            })
            .ToListAsync(ct);
        windows.Reverse();
        var trace = Hysteresis.Follow(
            open is null ? HysteresisState.Closed : HysteresisState.Open,
            windows,
            w => w.Bad,
            monitor.RaiseAfter,
            monitor.ClearAfter
        );
        var now = time.GetUtcNow();
        if (open is not null && trace.FirstCleared is { } clearing)
        {
            Clear(open, clearing.End, now);
            changed.Add(open);
            // At most one alert of a kind is open: the database must see this one cleared before it sees a next one.
            await context.SaveChangesAsync(ct);
        }
        if (trace.State.IsOpen && trace.LastRaised is { } raising)
        {
            var window = await context.Windows.FindAsync([monitor.Endpoint, model, version, raising.Start], ct);
            var alert = new AlertRow
            {
                Id = Guid.CreateVersion7(now),
                Endpoint = monitor.Endpoint,
                Model = model,
                Version = version,
                Kind = kind,
                Status = AlertKinds.Open,
                Message = AlertMessage.Of(kind, window!, monitor),
                WindowEnd = raising.End,
                RaisedAt = now,
            };
            context.Alerts.Add(alert);
            changed.Add(alert);
        }
    }

    private static async Task<DateTimeOffset> LastClearedAsync(
        MonitoringDb context,
        string endpoint,
        string model,
        int version,
        string kind,
        CancellationToken ct
    ) =>
        await context
            .Alerts.Where(a => a.Endpoint == endpoint && a.Model == model && a.Version == version && a.Kind == kind)
            .MaxAsync(a => a.ClearedWindowEnd, ct)
        ?? DateTimeOffset.UnixEpoch.AddYears(-100);

    private static void Clear(AlertRow alert, DateTimeOffset windowEnd, DateTimeOffset now)
    {
        alert.Status = AlertKinds.Cleared;
        alert.ClearedAt = now;
        alert.ClearedWindowEnd = windowEnd;
    }
}
