using System.Data.Common;
using Npgsql;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Copies;

/// <summary>A copy that a worker holds, with its fencing number.</summary>
internal sealed record CopyClaim(Copy Copy, int Attempt);

/// <summary>Copies as rows: what was asked, how far it is, who works on it.</summary>
internal sealed class CopyStore(NpgsqlDataSource source, TimeProvider time)
{
    private const string Columns =
        "id, source_url, source_model, source_version, target_model, status, detail, target_version, files_done, files_total, created_at, attempt";
    private static readonly TimeSpan s_lease = TimeSpan.FromMinutes(2);

    /// <summary>The copy of this request; one that has failed is taken up again.</summary>
    public async Task<(Copy Copy, bool IsNew)> AskAsync(Uri from, CopyRequest request, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var rows = await source.QueryAsync(
            $"""
            INSERT INTO copies (id, source_url, source_model, source_version, target_model, status, created_at)
            VALUES ($1, $2, $3, $4, $5, 'pending', $6)
            ON CONFLICT (source_url, source_model, source_version, target_model) DO UPDATE
            SET status = CASE WHEN copies.status = 'failed' THEN 'pending' ELSE copies.status END,
                detail = CASE WHEN copies.status = 'failed' THEN NULL ELSE copies.detail END
            RETURNING {Columns}
            """,
            Read,
            ct,
            Guid.CreateVersion7(now),
            from.AbsoluteUri,
            request.Model,
            request.Version,
            request.As ?? request.Model,
            now
        );
        return (rows[0].Copy, rows[0].Copy.CreatedAt >= now.AddTicks(-10));
    }

    public async Task<Copy?> FindAsync(Guid id, CancellationToken ct) =>
        (await source.QueryAsync($"SELECT {Columns} FROM copies WHERE id = $1", Read, ct, id)).FirstOrDefault()?.Copy;

    /// <summary>The oldest copy that waits, or whose worker has not been heard of for the length of its lease.</summary>
    public async Task<CopyClaim?> ClaimAsync(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var claimed = await source.QueryAsync(
            $"""
            UPDATE copies SET status = 'running', attempt = attempt + 1, lease_until = $2
            WHERE id = (
                SELECT id FROM copies WHERE status = 'pending' OR (status = 'running' AND lease_until < $1)
                ORDER BY created_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
            )
            RETURNING {Columns}
            """,
            Read,
            ct,
            now,
            now + s_lease
        );
        return claimed.FirstOrDefault();
    }

    /// <summary>Says how far it is and renews the lease; false where another worker has taken over.</summary>
    public async Task<bool> ProgressAsync(CopyClaim claim, int done, int total, CancellationToken ct) =>
        await source.ExecuteAsync(
            "UPDATE copies SET files_done = $3, files_total = $4, lease_until = $5 WHERE id = $1 AND attempt = $2 AND status = 'running'",
            ct,
            claim.Copy.Id,
            claim.Attempt,
            done,
            total,
            time.GetUtcNow() + s_lease
        ) > 0;

    public Task CompleteAsync(CopyClaim claim, int version, CancellationToken ct) =>
        source.ExecuteAsync(
            "UPDATE copies SET status = 'completed', target_version = $3 WHERE id = $1 AND attempt = $2",
            ct,
            claim.Copy.Id,
            claim.Attempt,
            version
        );

    public Task FailAsync(CopyClaim claim, string detail, CancellationToken ct) =>
        source.ExecuteAsync(
            "UPDATE copies SET status = 'failed', detail = $3 WHERE id = $1 AND attempt = $2",
            ct,
            claim.Copy.Id,
            claim.Attempt,
            detail
        );

    /// <summary>The version that an attempt before this one has made, or null.</summary>
    public async Task<int?> FindVersionAsync(Guid id, CancellationToken ct)
    {
        var found = await source.QueryAsync(
            "SELECT t.version FROM model_version_tags t WHERE t.key = $1 AND t.value = $2 ORDER BY t.version LIMIT 1",
            r => r.GetInt32(0),
            ct,
            CopyTags.CopyId,
            id.ToString()
        );
        return found.Count == 0 ? null : found[0];
    }

    private static CopyClaim Read(DbDataReader row) =>
        new(
            new Copy
            {
                Id = row.GetGuid(0),
                From = row.GetString(1),
                Model = row.GetString(2),
                Version = row.GetInt32(3),
                As = row.GetString(4),
                Status = row.GetString(5),
                Detail = row.IsDBNull(6) ? null : row.GetString(6),
                TargetVersion = row.IsDBNull(7) ? null : row.GetInt32(7),
                FilesDone = row.GetInt32(8),
                FilesTotal = row.GetInt32(9),
                CreatedAt = row.GetFieldValue<DateTimeOffset>(10),
            },
            row.GetInt32(11)
        );
}
