using System.Diagnostics;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;
using Slipway.Contracts.Monitoring;
using Slipway.Monitoring.Worker.Alerts;
using Slipway.Monitoring.Worker.Baselines;
using Slipway.Monitoring.Worker.Drift;
using Slipway.Monitoring.Worker.Monitors;
using Slipway.Monitoring.Worker.Retraining;
using Slipway.Monitoring.Worker.Storage;
using Slipway.Monitoring.Worker.Telemetry;

namespace Slipway.Monitoring.Worker.Windows;

/// <summary>
/// Recomputes the windows that are marked dirty, endpoint by endpoint. An endpoint's windows, alerts and retrain requests change in one transaction,
/// under a lock of that endpoint: a crash leaves the marks where they were, and replicas never work on the same endpoint.
/// </summary>
internal sealed class WindowPass(
    IDbContextFactory<MonitoringDb> contexts,
    DirtyWindows dirty,
    BaselineSource baselines,
    AlertEvaluator alerts,
    RetrainSignal retrainSignal,
    MonitoringMetrics metrics,
    IOptions<WindowOptions> options,
    IOptions<BaselineOptions> baselineOptions,
    TimeProvider time,
    ILogger<WindowPass> logger
)
{
    /// <summary>Runs until no dirty window is left that can be computed now. Returns how many were computed.</summary>
    public async Task<int> RunOnceAsync(CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        var computed = 0;
        foreach (var endpoint in await dirty.ListEndpointsAsync(ct))
        {
            try
            {
                int count;
                do
                {
                    count = await RunEndpointAsync(endpoint, ct);
                    computed += count;
                } while (count >= options.Value.MaxWindowsPerTransaction);
            }
            catch (Exception e) when (!DatabaseErrors.IsAway(e) && !ct.IsCancellationRequested)
            {
                // One endpoint's trouble must not keep the others from being watched; its marks stay, so it is tried again at the next pass.
                metrics.PassFailed();
                MonitoringLog.EndpointFailed(logger, endpoint, e);
            }
        }
        metrics.PassEnded(Stopwatch.GetElapsedTime(started), computed);
        return computed;
    }

    private async Task<int> RunEndpointAsync(string endpoint, CancellationToken ct)
    {
        await using var context = await contexts.CreateDbContextAsync(ct);
        await context.Database.OpenConnectionAsync(ct);
        var connection = (NpgsqlConnection)context.Database.GetDbConnection();
        // Baselines come over HTTP: before the transaction, which should be short.
        var known = new Dictionary<(string, int), ModelBaseline>();
        foreach (var key in await dirty.ListAsync(connection, endpoint, options.Value.MaxWindowsPerTransaction, ct))
        {
            if (!known.ContainsKey((key.Model, key.Version)))
            {
                known[(key.Model, key.Version)] = await baselines.GetAsync(key.Model, key.Version, ct);
            }
        }

        await using var transaction = await context.Database.BeginTransactionAsync(ct);
        if (!await TryLockAsync(connection, endpoint, ct))
        {
            return 0;
        }
        var row = await context.Monitors.SingleOrDefaultAsync(m => m.Endpoint == endpoint, ct);
        var monitor = row is null ? null : MonitorStore.Read(row);
        var keys = await dirty.ListAsync(connection, endpoint, options.Value.MaxWindowsPerTransaction, ct);
        // A version that appeared meanwhile has its turn at the next pass, with its baseline.
        foreach (var key in keys.Where(k => known.ContainsKey((k.Model, k.Version))))
        {
            await dirty.ClearAsync(connection, endpoint, key, ct);
            if (monitor is not null)
            {
                await ComputeAsync(context, connection, monitor, key, known[(key.Model, key.Version)], ct);
            }
        }
        await context.SaveChangesAsync(ct);
        AlertChanges changes = new([], []);
        if (monitor is not null)
        {
            await CloseAsync(connection, endpoint, ct);
            // With more windows to come, alerts wait for the transaction that has the last of them.
            if (keys.Count < options.Value.MaxWindowsPerTransaction)
            {
                changes = await alerts.EvaluateAsync(context, monitor, ct);
            }
        }
        await context.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        Report(changes);
        return keys.Count;
    }

    private async Task ComputeAsync(
        MonitoringDb context,
        NpgsqlConnection connection,
        MonitorDefinition monitor,
        WindowKey key,
        ModelBaseline baseline,
        CancellationToken ct
    )
    {
        var row = await context.Windows.FindAsync([monitor.Endpoint, key.Model, key.Version, key.Start], ct);
        if (row?.Frozen == true)
        {
            return;
        }
        var end = key.Start.AddSeconds(monitor.WindowSeconds);
        var reader = new WindowReader(connection, monitor.Endpoint, key, end);
        var (predictions, outcomes, accuracy) = await reader.ReadAccuracyAsync(ct);
        if (predictions == 0)
        {
            if (row is not null)
            {
                context.Windows.Remove(row);
            }
            return;
        }
        IReadOnlyList<FeatureDrift> drift = [];
        if (baseline.Profile is { } profile && predictions >= monitor.MinPredictions)
        {
            var sample = await reader.ReadSampleAsync(profile, predictions, options.Value.MaxDriftRows, ct);
            drift = DriftCalculator.Compute(sample, monitor.PsiThreshold);
        }
        if (row is null)
        {
            row = new WindowRow
            {
                Endpoint = monitor.Endpoint,
                Model = key.Model,
                Version = key.Version,
                Start = key.Start,
                End = end,
            };
            context.Windows.Add(row);
        }
        Fill(row, monitor, baseline, (predictions, outcomes), accuracy, drift);
        if (!baseline.Known)
        {
            await dirty.MarkForLaterAsync(
                connection,
                monitor.Endpoint,
                key,
                TimeSpan.FromSeconds(baselineOptions.Value.UnavailableRetrySeconds),
                ct
            );
        }
        metrics.DriftComputed(monitor.Endpoint, key, drift);
    }

    private void Fill(
        WindowRow row,
        MonitorDefinition monitor,
        ModelBaseline baseline,
        (long Predictions, long Outcomes) counts,
        AccuracyAccumulator accuracy,
        IReadOnlyList<FeatureDrift> drift
    )
    {
        var classification = baseline.Profile is { } profile ? profile.Task == "classification" : accuracy.HasLabels;
        var found = accuracy.Metrics(classification);
        var verdict = AccuracyVerdict.Of(monitor, baseline, found, accuracy.Count(classification), classification);
        row.PredictionCount = counts.Predictions;
        row.OutcomeCount = counts.Outcomes;
        row.Metric = verdict.Metric;
        row.Value = verdict.Value;
        row.BaselineValue = verdict.BaselineValue;
        row.AccuracyBad = verdict.Bad;
        row.Metrics = JsonSerializer.Serialize(found, MonitoringJson.Default.IReadOnlyDictionaryStringDouble);
        row.Drift = JsonSerializer.Serialize(drift, MonitoringJson.Default.IReadOnlyListFeatureDrift);
        row.Drifted = drift.Count == 0 ? null : DriftCalculator.IsDrifted(drift, monitor.DriftShare);
        row.UpdatedAt = time.GetUtcNow();
    }

    private void Report(AlertChanges changes)
    {
        foreach (var alert in changes.Alerts)
        {
            metrics.AlertChanged(alert);
            MonitoringLog.AlertChanged(logger, alert.Kind, alert.Status, alert.Endpoint, alert.Model, alert.Version, alert.Message);
        }
        if (changes.Retrains.Count > 0)
        {
            retrainSignal.Set();
        }
    }

    private static async Task<bool> TryLockAsync(NpgsqlConnection connection, string endpoint, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT pg_try_advisory_xact_lock($1, hashtext($2))", connection);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = AdvisoryLocks.EndpointClass });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = endpoint });
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    private static async Task CloseAsync(NpgsqlConnection connection, string endpoint, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            UPDATE windows SET closed = true
            WHERE endpoint = $1 AND NOT closed AND "end" <= (SELECT max(at) FROM predictions WHERE endpoint = $1)
            """,
            connection
        );
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = endpoint });
        await command.ExecuteNonQueryAsync(ct);
    }
}
