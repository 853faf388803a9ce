using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Slipway.Contracts;
using Slipway.Contracts.Monitoring;
using Slipway.Monitoring.Worker.Http;
using Slipway.Monitoring.Worker.Storage;

namespace Slipway.Monitoring.Worker.Alerts;

/// <summary>Alerts, newest first.</summary>
internal static class AlertsApi
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 1000;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/api/v1/alerts", GetAsync);

    private static async Task<Results<JsonHttpResult<AlertPage>, ProblemHttpResult>> GetAsync(
        string? endpoint,
        string? status,
        int? limit,
        IDbContextFactory<MonitoringDb> contexts,
        CancellationToken ct
    )
    {
        if (limit is < 1 or > MaxLimit)
        {
            return Problem.BadRequest("invalid_limit", $"limit must lie between 1 and {MaxLimit}.");
        }
        if (status is not (null or AlertKinds.Open or AlertKinds.Cleared))
        {
            return Problem.BadRequest("invalid_status", "status must be open or cleared.");
        }
        await using var context = await contexts.CreateDbContextAsync(ct);
        if (endpoint is not null && (!StorableText.IsValid(endpoint) || !await context.Monitors.AnyAsync(m => m.Endpoint == endpoint, ct)))
        {
            return Problem.UnknownEndpoint(endpoint);
        }
        var alerts = await context
            .Alerts.AsNoTracking()
            .Where(a => (endpoint == null || a.Endpoint == endpoint) && (status == null || a.Status == status))
            .OrderByDescending(a => a.RaisedAt)
            .ThenByDescending(a => a.Id)
            .Take(limit ?? DefaultLimit)
            .ToListAsync(ct);
        var ids = alerts.Select(a => a.Id).ToArray();
        var jobs = await context
            .Retrains.AsNoTracking()
            .Where(r => ids.Contains(r.AlertId))
            .OrderBy(r => r.CreatedAt)
            .Select(r => new { r.AlertId, r.Id })
            .ToListAsync(ct);
        var byAlert = jobs.ToLookup(j => j.AlertId, j => j.Id);
        return TypedResults.Json(new AlertPage([.. alerts.Select(a => Report(a, [.. byAlert[a.Id]]))]), ContractsJson.Default.AlertPage);
    }

    private static Alert Report(AlertRow row, IReadOnlyList<Guid> jobs) =>
        new()
        {
            Id = row.Id,
            Endpoint = row.Endpoint,
            Model = row.Model,
            Version = row.Version,
            Kind = row.Kind,
            Status = row.Status,
            Message = row.Message,
            WindowEnd = row.WindowEnd,
            RaisedAt = row.RaisedAt,
            ClearedAt = row.ClearedAt,
            RetrainingJobs = jobs,
        };
}
