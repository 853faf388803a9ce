using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Slipway.Contracts.Monitoring;
using Slipway.Monitoring.Worker.Storage;

namespace Slipway.Monitoring.Worker.Monitors;

/// <summary>Keeps the monitors, and has windows computed anew when one changes.</summary>
internal sealed class MonitorStore(IDbContextFactory<MonitoringDb> contexts, TimeProvider time)
{
    private const int MaxListed = 1000;

    /// <summary>The definition in a row.</summary>
    public static MonitorDefinition Read(MonitorRow row) =>
        JsonSerializer.Deserialize(row.Definition, MonitoringJson.Default.MonitorDefinition)! with
        {
            Endpoint = row.Endpoint,
        };

    public async Task<IReadOnlyList<MonitorDefinition>> ListAsync(CancellationToken ct)
    {
        await using var context = await contexts.CreateDbContextAsync(ct);
        var rows = await context.Monitors.AsNoTracking().OrderBy(m => m.Endpoint).Take(MaxListed).ToListAsync(ct);
        return [.. rows.Select(Read)];
    }

    public async Task<MonitorDefinition?> FindAsync(string endpoint, CancellationToken ct)
    {
        await using var context = await contexts.CreateDbContextAsync(ct);
        var row = await context.Monitors.AsNoTracking().SingleOrDefaultAsync(m => m.Endpoint == endpoint, ct);
        return row is null ? null : Read(row);
    }

    /// <summary>Creates or replaces a monitor. Its windows are judged anew; with another width they are also cut anew, from the predictions still stored.</summary>
    public async Task PutAsync(MonitorDefinition monitor, CancellationToken ct)
    {
        await using var context = await contexts.CreateDbContextAsync(ct);
        await using var transaction = await context.Database.BeginTransactionAsync(ct);
        await LockAsync(context, monitor.Endpoint, ct);
        var row = await context.Monitors.SingleOrDefaultAsync(m => m.Endpoint == monitor.Endpoint, ct);
        var definition = JsonSerializer.Serialize(monitor, MonitoringJson.Default.MonitorDefinition);
        var recut = row?.WindowSeconds != monitor.WindowSeconds;
        if (row is null)
        {
            context.Monitors.Add(
                new MonitorRow
                {
                    Endpoint = monitor.Endpoint,
                    WindowSeconds = monitor.WindowSeconds,
                    Definition = definition,
                    UpdatedAt = time.GetUtcNow(),
                }
            );
        }
        else
        {
            row.WindowSeconds = monitor.WindowSeconds;
            row.Definition = definition;
            row.UpdatedAt = time.GetUtcNow();
        }
        await context.SaveChangesAsync(ct);
        if (recut)
        {
            await RecutAsync(context, monitor, ct);
        }
        else
        {
            await context.Database.ExecuteSqlAsync(
                $"""
                INSERT INTO dirty_windows (endpoint, model, version, start)
                SELECT endpoint, model, version, start FROM windows WHERE endpoint = {monitor.Endpoint} AND NOT frozen
                """,
                ct
            );
        }
        await transaction.CommitAsync(ct);
    }

    /// <summary>Deletes a monitor with its windows and alerts. The next prediction of the endpoint gives it a default monitor again. False when there was none.</summary>
    public async Task<bool> DeleteAsync(string endpoint, CancellationToken ct)
    {
        await using var context = await contexts.CreateDbContextAsync(ct);
        await using var transaction = await context.Database.BeginTransactionAsync(ct);
        await LockAsync(context, endpoint, ct);
        var deleted = await context.Monitors.Where(m => m.Endpoint == endpoint).ExecuteDeleteAsync(ct);
        await context.Windows.Where(w => w.Endpoint == endpoint).ExecuteDeleteAsync(ct);
        await context.Alerts.Where(a => a.Endpoint == endpoint).ExecuteDeleteAsync(ct);
        await context.Database.ExecuteSqlAsync($"DELETE FROM dirty_windows WHERE endpoint = {endpoint}", ct);
        await transaction.CommitAsync(ct);
        return deleted > 0;
    }

    private static async Task RecutAsync(MonitoringDb context, MonitorDefinition monitor, CancellationToken ct)
    {
        context.Database.SetCommandTimeout(TimeSpan.FromMinutes(10));
        await context.Windows.Where(w => w.Endpoint == monitor.Endpoint).ExecuteDeleteAsync(ct);
        await context.Database.ExecuteSqlAsync($"DELETE FROM dirty_windows WHERE endpoint = {monitor.Endpoint}", ct);
        await context.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO dirty_windows (endpoint, model, version, start)
            SELECT DISTINCT endpoint, model, version, date_bin(make_interval(secs => {monitor.WindowSeconds}), at, TIMESTAMPTZ '1970-01-01 00:00:00Z')
            FROM predictions WHERE endpoint = {monitor.Endpoint}
            """,
            ct
        );
    }

    private static async Task LockAsync(MonitoringDb context, string endpoint, CancellationToken ct)
    {
        // First the endpoint (waits for a pass over it to end), then the join (waits for rows on their way in): nobody takes them the other way round.
        await context.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({AdvisoryLocks.EndpointClass}, hashtext({endpoint}))", ct);
        await context.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({AdvisoryLocks.Join})", ct);
    }
}
