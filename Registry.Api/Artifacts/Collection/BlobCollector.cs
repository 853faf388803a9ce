using Npgsql;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Artifacts.Storage;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Artifacts.Collection;

/// <summary>
/// Collects blobs that nothing refers to: a pass notes since when that is so, and one after the grace time deletes them, row and bytes in one transaction. The
/// foreign keys of what refers to blobs decide, so a reference made at the same moment wins or waits.
/// </summary>
internal sealed class BlobCollector(NpgsqlDataSource source, IBlobStore blobs, ArtifactMetrics metrics, ILogger<BlobCollector> logger)
{
    private const string Unreferenced = """
        NOT EXISTS (SELECT 1 FROM artifacts a WHERE a.sha256 = b.sha256)
        AND NOT EXISTS (SELECT 1 FROM model_version_files f WHERE f.sha256 = b.sha256)
        AND NOT EXISTS (SELECT 1 FROM multipart_parts p WHERE p.sha256 = b.sha256)
        """;

    private const int BatchSize = 500;

    /// <summary>Notes which blobs have lost their last reference, and which have one again.</summary>
    public async Task MarkAsync(CancellationToken ct)
    {
        await source.ExecuteAsync($"UPDATE blobs b SET unreferenced_since = now() WHERE unreferenced_since IS NULL AND {Unreferenced}", ct);
        await source.ExecuteAsync(
            $"UPDATE blobs b SET unreferenced_since = NULL WHERE unreferenced_since IS NOT NULL AND NOT ({Unreferenced})",
            ct
        );
    }

    /// <summary>Takes up what lies in the store without a row, as an upload leaves it that was killed between placing and committing.</summary>
    public async Task AdoptStraysAsync(DateTimeOffset before, CancellationToken ct)
    {
        var batch = new List<StoredBlob>(BatchSize);
        await foreach (var stored in blobs.ListAsync(ct))
        {
            if (stored.ModifiedAt < before)
            {
                batch.Add(stored);
            }
            if (batch.Count == BatchSize)
            {
                await AdoptAsync(batch, ct);
                batch.Clear();
            }
        }
        await AdoptAsync(batch, ct);
    }

    /// <summary>Deletes what has been without reference for the grace time.</summary>
    public async Task SweepAsync(TimeSpan grace, CancellationToken ct)
    {
        while (true)
        {
            var due = await source.QueryAsync(
                $"SELECT sha256, size_bytes FROM blobs WHERE unreferenced_since < now() - $1 ORDER BY unreferenced_since LIMIT {BatchSize}",
                r => new Blob(r.GetString(0), r.GetInt64(1)),
                ct,
                grace
            );
            var deleted = 0;
            foreach (var blob in due)
            {
                deleted += await DeleteAsync(blob, grace, ct) ? 1 : 0;
            }
            // What could not be deleted is referred to again: the next pass notes it.
            if (deleted == 0)
            {
                return;
            }
        }
    }

    /// <summary>What a sweep would delete now, and what it would at the end of the grace time.</summary>
    public async Task<StorageReport> ReportAsync(TimeSpan grace, int examples, CancellationToken ct)
    {
        var totals = await source.QueryAsync(
            $"""
            SELECT count(*), coalesce(sum(size_bytes), 0)::bigint,
                   count(*) FILTER (WHERE free), coalesce(sum(size_bytes) FILTER (WHERE free), 0)::bigint,
                   count(*) FILTER (WHERE free AND unreferenced_since < now() - $1),
                   coalesce(sum(size_bytes) FILTER (WHERE free AND unreferenced_since < now() - $1), 0)::bigint
            FROM (SELECT b.*, {Unreferenced} AS free FROM blobs b) AS known
            """,
            r => new StorageReport
            {
                Blobs = r.GetInt64(0),
                Bytes = r.GetInt64(1),
                UnreferencedBlobs = r.GetInt64(2),
                UnreferencedBytes = r.GetInt64(3),
                CollectableBlobs = r.GetInt64(4),
                CollectableBytes = r.GetInt64(5),
            },
            ct,
            grace
        );
        var due = await source.QueryAsync(
            $"""
            SELECT sha256, size_bytes, unreferenced_since FROM blobs b
            WHERE {Unreferenced} ORDER BY unreferenced_since NULLS LAST, sha256 LIMIT $1
            """,
            r => new UnreferencedBlob(r.GetString(0), r.GetInt64(1), r.IsDBNull(2) ? null : r.GetFieldValue<DateTimeOffset>(2)),
            ct,
            (long)examples
        );
        metrics.Stored(totals[0].Blobs, totals[0].Bytes, totals[0].UnreferencedBytes);
        return totals[0] with { Unreferenced = due };
    }

    private Task<int> AdoptAsync(List<StoredBlob> strays, CancellationToken ct) =>
        source.ExecuteAsync(
            """
            INSERT INTO blobs (sha256, size_bytes, unreferenced_since) SELECT sha256, size_bytes, now() FROM unnest($1::text[], $2::bigint[]) AS s(sha256, size_bytes)
            ON CONFLICT DO NOTHING
            """,
            ct,
            strays.Select(s => s.Sha256).ToArray(),
            strays.Select(s => s.SizeBytes).ToArray()
        );

    private async Task<bool> DeleteAsync(Blob blob, TimeSpan grace, CancellationToken ct)
    {
        try
        {
            await using var connection = await source.OpenConnectionAsync(ct);
            await using var transaction = await connection.BeginTransactionAsync(ct);
            var deleted = await connection.ExecuteAsync(
                $"DELETE FROM blobs b WHERE sha256 = $1 AND unreferenced_since < now() - $2 AND {Unreferenced}",
                ct,
                blob.Sha256,
                grace
            );
            if (deleted == 0)
            {
                return false;
            }
            // While the row is locked nobody can place this content anew. Should the commit fail, a row without bytes or references remains for the next pass.
            await blobs.DeleteAsync(blob.Sha256, ct);
            await transaction.CommitAsync(ct);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ForeignKeyViolation)
        {
            // A reference was made while this waited for its transaction.
            return false;
        }
        metrics.Collected(blob.SizeBytes);
        RegistryLog.BlobCollected(logger, blob.Sha256, blob.SizeBytes);
        return true;
    }
}
