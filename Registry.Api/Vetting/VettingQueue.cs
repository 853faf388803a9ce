using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Slipway.Contracts;
using Slipway.Contracts.Vetting;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Serving;

namespace Slipway.Registry.Api.Vetting;

/// <summary>
/// Versions that wait for vetting: the rows themselves. A worker claims one for a time; when it dies, the claim runs out and another takes over. Leases are
/// measured by the database's clock, the one clock that all replicas share.
/// </summary>
internal sealed class VettingQueue(IDbContextFactory<RegistryDb> databases, NpgsqlDataSource source, ServingRevision revision)
{
    /// <summary>The oldest version that waits, other than those of <paramref name="except"/>; null where none does.</summary>
    public async Task<VettingJob?> ClaimAsync(
        TimeSpan lease,
        CancellationToken ct,
        IReadOnlyCollection<(long ModelId, int Version)>? except = null
    )
    {
        var claimed = await source.QueryAsync(
            """
            UPDATE model_versions v SET vetting_attempt = v.vetting_attempt + 1, vetting_lease_until = now() + $1
            FROM registered_models m
            WHERE m.id = v.model_id AND (v.model_id, v.version) = (
                SELECT model_id, version FROM model_versions
                WHERE vetting_status = 'pending' AND (vetting_lease_until IS NULL OR vetting_lease_until < now())
                    AND (model_id, version) NOT IN (SELECT * FROM unnest($2::bigint[], $3::int[]))
                ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED
            )
            RETURNING v.model_id, m.name, v.version, v.vetting_attempt
            """,
            r => (ModelId: r.GetInt64(0), Name: r.GetString(1), Version: r.GetInt32(2), Attempt: r.GetInt32(3)),
            ct,
            lease,
            (except ?? []).Select(version => version.ModelId).ToArray(),
            (except ?? []).Select(version => version.Version).ToArray()
        );
        if (claimed.Count == 0)
        {
            return null;
        }
        var (modelId, name, version, attempt) = claimed[0];
        await using var db = await databases.CreateDbContextAsync(ct);
        var files = await db.VersionFiles.AsNoTracking().Where(f => f.ModelId == modelId && f.Version == version).ToListAsync(ct);
        return new VettingJob(modelId, name, version, attempt, files);
    }

    /// <summary>Gives a claim back without a result: another attempt may be made after <paramref name="delay"/>.</summary>
    public Task ReleaseAsync(VettingJob job, TimeSpan delay, CancellationToken ct) =>
        source.ExecuteAsync(
            "UPDATE model_versions SET vetting_lease_until = now() + $4 WHERE model_id = $1 AND version = $2 AND vetting_attempt = $3",
            ct,
            job.ModelId,
            job.Version,
            job.Attempt,
            delay
        );

    /// <summary>
    /// Gives a claim back at once because the version's files are not on this replica's disk. It counts as no attempt while the version is younger than
    /// <paramref name="patience"/>: the replica that has the files may be busy, or away.
    /// </summary>
    public Task LeaveAsync(VettingJob job, TimeSpan patience, CancellationToken ct) =>
        source.ExecuteAsync(
            """
            UPDATE model_versions SET vetting_lease_until = NULL,
                vetting_attempt = vetting_attempt - CASE WHEN created_at > now() - $4 THEN 1 ELSE 0 END
            WHERE model_id = $1 AND version = $2 AND vetting_attempt = $3 AND vetting_status = 'pending'
            """,
            ct,
            job.ModelId,
            job.Version,
            job.Attempt,
            patience
        );

    /// <summary>Stores the result; false where the claim was lost, and with it the right to say anything about the version.</summary>
    public async Task<bool> CompleteAsync(VettingJob job, VettingReport report, string? modelFile, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var status = report.Status == VettingStatus.Passed ? VettingStatus.Passed : VettingStatus.Failed;
        // The report quotes names of the model's, and PostgreSQL's jsonb cannot hold a null character.
        var json = JsonSerializer
            .Serialize(report, ContractsJson.Default.VettingReport)
            .Replace(@"\u0000", @"\uFFFD", StringComparison.Ordinal);
        // The version's time of update stays: it is its callers', who sort and page by it.
        var written = await db
            .Versions.Where(v =>
                v.ModelId == job.ModelId
                && v.Version == job.Version
                && v.VettingAttempt == job.Attempt
                && v.VettingStatus == VettingStatus.Pending
            )
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(v => v.VettingStatus, status)
                        .SetProperty(v => v.VettingReport, json)
                        .SetProperty(v => v.ModelFile, modelFile)
                        .SetProperty(v => v.VettingLeaseUntil, (DateTimeOffset?)null),
                ct
            );
        if (written == 0)
        {
            return false;
        }
        // An alias may name the version already: passing makes it appear in the serving state.
        await revision.CommitAsync(db, transaction, ct);
        return true;
    }
}
