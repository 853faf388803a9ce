using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Slipway.Contracts;
using Slipway.Contracts.Monitoring;
using Slipway.Monitoring.Worker.Http;
using Slipway.Monitoring.Worker.Storage;

namespace Slipway.Monitoring.Worker.Windows;

/// <summary>The windows of an endpoint.</summary>
internal static class WindowsApi
{
    private const int DefaultLimit = 200;
    private const int MaxLimit = 1000;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/api/v1/monitors/{endpoint}/windows", GetAsync);

    private static async Task<Results<JsonHttpResult<WindowPage>, ProblemHttpResult>> GetAsync(
        string endpoint,
        int? limit,
        IDbContextFactory<MonitoringDb> contexts,
        CancellationToken ct
    )
    {
        if (limit is < 1 or > MaxLimit)
        {
            return Problem.BadRequest("invalid_limit", $"limit must lie between 1 and {MaxLimit}.");
        }
        await using var context = await contexts.CreateDbContextAsync(ct);
        if (!StorableText.IsValid(endpoint) || !await context.Monitors.AnyAsync(m => m.Endpoint == endpoint, ct))
        {
            return Problem.UnknownEndpoint(endpoint);
        }
        var rows = await context
            .Windows.AsNoTracking()
            .Where(w => w.Endpoint == endpoint)
            .OrderByDescending(w => w.Start)
            .ThenByDescending(w => w.Model)
            .ThenByDescending(w => w.Version)
            .Take(limit ?? DefaultLimit)
            .ToListAsync(ct);
        rows.Reverse();
        return TypedResults.Json(new WindowPage([.. rows.Select(Report)]), ContractsJson.Default.WindowPage);
    }

    private static WindowReport Report(WindowRow row) =>
        new()
        {
            Endpoint = row.Endpoint,
            Model = row.Model,
            Version = row.Version,
            Start = row.Start,
            End = row.End,
            Closed = row.Closed,
            PredictionCount = row.PredictionCount,
            OutcomeCount = row.OutcomeCount,
            Metric = row.Metric,
            Value = row.Value,
            BaselineValue = row.BaselineValue,
            Metrics = JsonSerializer.Deserialize(row.Metrics, MonitoringJson.Default.IReadOnlyDictionaryStringDouble)!,
            Drift = JsonSerializer.Deserialize(row.Drift, MonitoringJson.Default.IReadOnlyListFeatureDrift)!,
            AccuracyBad = row.AccuracyBad,
            Drifted = row.Drifted,
        };
}
