using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Slipway.Contracts.Monitoring;
using Slipway.Monitoring.Worker.Alerts;
using Slipway.Monitoring.Worker.Storage;
using Slipway.Monitoring.Worker.Windows;

namespace Slipway.Monitoring.Worker.Retraining;

/// <summary>Writes a request for retraining in the transaction that found it necessary; the retrain pass sends it.</summary>
internal sealed class RetrainPlanner(TimeProvider time)
{
    /// <summary>Adds at most one request for the endpoint to <paramref name="context"/>.</summary>
    public async Task<IReadOnlyList<RetrainRow>> PlanAsync(
        MonitoringDb context,
        MonitorDefinition monitor,
        DateTimeOffset newestClosedStart,
        CancellationToken ct
    )
    {
        if (monitor.Retrain is not { } policy)
        {
            return [];
        }
        var last = await context
            .Retrains.Where(r => r.Endpoint == monitor.Endpoint)
            .OrderByDescending(r => r.CreatedAt)
            .FirstOrDefaultAsync(ct);
        var open = await context
            .Alerts.Where(a => a.Endpoint == monitor.Endpoint && a.Kind == AlertKinds.Accuracy && a.Status == AlertKinds.Open)
            .OrderBy(a => a.RaisedAt)
            .ToListAsync(ct);
        foreach (var alert in open)
        {
            var situation = await LookAsync(context, monitor, policy, alert, last, newestClosedStart, ct);
            if (
                RetrainRule.ShouldRequest(situation)
                && await FirstLabelledAsync(context, monitor.Endpoint, situation.LastClosedEnd, ct) is { } from
            )
            {
                var request = Create(alert, policy, from, situation.LastClosedEnd);
                context.Retrains.Add(request);
                return [request];
            }
        }
        return [];
    }

    private static async Task<RetrainRule.Situation> LookAsync(
        MonitoringDb context,
        MonitorDefinition monitor,
        RetrainPolicy policy,
        AlertRow alert,
        RetrainRow? last,
        DateTimeOffset newestClosedStart,
        CancellationToken ct
    )
    {
        var own = context.Windows.Where(w =>
            w.Endpoint == alert.Endpoint && w.Model == alert.Model && w.Version == alert.Version && w.Closed
        );
        var judged = await own.Where(w => w.AccuracyBad != null)
            .OrderByDescending(w => w.Start)
            .Select(w => new { w.End, w.AccuracyBad })
            .FirstOrDefaultAsync(ct);
        return new RetrainRule.Situation(
            last,
            newestClosedStart.AddSeconds(monitor.WindowSeconds),
            judged is { AccuracyBad: true } ? judged.End : null,
            await own.AnyAsync(w => w.Start == newestClosedStart, ct),
            TimeSpan.FromSeconds((double)monitor.WindowSeconds * policy.CooldownWindows)
        );
    }

    private static async Task<DateTimeOffset?> FirstLabelledAsync(
        MonitoringDb context,
        string endpoint,
        DateTimeOffset to,
        CancellationToken ct
    )
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT p.at FROM predictions p
            WHERE p.endpoint = $1 AND p.at < $2 AND EXISTS (SELECT FROM outcomes o WHERE o.prediction_id = p.prediction_id)
            ORDER BY p.at LIMIT 1
            """,
            (NpgsqlConnection)context.Database.GetDbConnection()
        );
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = endpoint });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = to.UtcDateTime });
        return await command.ExecuteScalarAsync(ct) is DateTime at ? new DateTimeOffset(at) : null;
    }

    private RetrainRow Create(AlertRow alert, RetrainPolicy policy, DateTimeOffset from, DateTimeOffset to)
    {
        var now = time.GetUtcNow();
        return new RetrainRow
        {
            Id = Guid.CreateVersion7(now),
            AlertId = alert.Id,
            Endpoint = alert.Endpoint,
            Model = alert.Model,
            Version = alert.Version,
            Dataset = $"predictions:/{Uri.EscapeDataString(alert.Endpoint)}?from={Time(from)}&to={Time(to)}",
            AppendToPrevious = policy.AppendToPrevious,
            PromoteTo = policy.PromoteTo,
            Reason = $"{alert.Endpoint}: {alert.Message}",
            CreatedAt = now,
            WindowEnd = to,
            State = RetrainStates.Pending,
        };
    }

    private static string Time(DateTimeOffset at) =>
        Uri.EscapeDataString(at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture));
}
