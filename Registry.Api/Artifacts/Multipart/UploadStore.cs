using Npgsql;
using Slipway.Registry.Api.Artifacts.Storage;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Artifacts.Multipart;

/// <summary>
/// Uploads in parts. Each part is a blob like any other, and the rows here are what refers to it: uploads survive restarts, may go to any replica, and what is
/// given up is collected with the other blobs that nothing refers to.
/// </summary>
internal sealed class UploadStore(NpgsqlDataSource source)
{
    /// <summary>Null where so many uploads are open already.</summary>
    public async Task<OpenUpload?> CreateAsync(ArtifactPath path, int parts, TimeSpan lifetime, int maxOpen, CancellationToken ct)
    {
        var created = await source.QueryAsync(
            """
            INSERT INTO multipart_uploads (id, path, parts, expires_at)
            SELECT $1, $2, $3, now() + $4
            WHERE (SELECT count(*) FROM multipart_uploads WHERE completed_at IS NULL AND expires_at > now()) < $5
            RETURNING id, expires_at
            """,
            r => new OpenUpload(r.GetGuid(0), path, parts, r.GetFieldValue<DateTimeOffset>(1), IsCompleted: false),
            ct,
            Guid.NewGuid(),
            path.Value,
            parts,
            lifetime,
            (long)maxOpen
        );
        return created.FirstOrDefault();
    }

    public async Task<OpenUpload?> FindAsync(Guid id, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        return await FindAsync(connection, id, ct);
    }

    public Task<List<UploadPart>> PartsAsync(Guid id, CancellationToken ct) =>
        source.QueryAsync(
            "SELECT part_number, sha256, size_bytes FROM multipart_parts WHERE upload_id = $1 ORDER BY part_number",
            r => new UploadPart(r.GetInt32(0), new Blob(r.GetString(1), r.GetInt64(2))),
            ct,
            id
        );

    /// <summary>Records a part, in place of an earlier one of its number; false where the upload is no longer open.</summary>
    public async Task<bool> PutPartAsync(Guid id, int number, IStagedBlob staged, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await connection.ExecuteAsync("SET LOCAL idle_in_transaction_session_timeout = '10min'", ct);
        var open = await connection.QueryAsync(
            "SELECT 1 FROM multipart_uploads WHERE id = $1 AND completed_at IS NULL AND expires_at > now() FOR SHARE",
            r => r.GetInt32(0),
            ct,
            id
        );
        if (open.Count == 0)
        {
            return false;
        }
        await BlobIndex.HoldAsync(connection, staged.Blob, ct);
        await staged.PlaceAsync(ct);
        await connection.ExecuteAsync(
            """
            INSERT INTO multipart_parts (upload_id, part_number, sha256, size_bytes) VALUES ($1, $2, $3, $4)
            ON CONFLICT (upload_id, part_number) DO UPDATE SET sha256 = excluded.sha256, size_bytes = excluded.size_bytes
            """,
            ct,
            id,
            number,
            staged.Blob.Sha256,
            staged.Blob.SizeBytes
        );
        await transaction.CommitAsync(ct);
        return true;
    }

    /// <summary>
    /// Within the transaction that puts the whole file: closes the upload, if it is still open with exactly these parts. Its row stays until it expires, so that
    /// a completion whose answer was lost may be repeated.
    /// </summary>
    public static async Task<bool> CloseAsync(NpgsqlConnection connection, Guid id, IReadOnlyList<UploadPart> parts, CancellationToken ct)
    {
        var closed = await connection.ExecuteAsync(
            "UPDATE multipart_uploads SET completed_at = now() WHERE id = $1 AND completed_at IS NULL",
            ct,
            id
        );
        var deleted = await connection.ExecuteAsync(
            """
            DELETE FROM multipart_parts p USING unnest($2::int[], $3::text[]) AS used(part_number, sha256)
            WHERE p.upload_id = $1 AND p.part_number = used.part_number AND p.sha256 = used.sha256
            """,
            ct,
            id,
            parts.Select(p => p.Number).ToArray(),
            parts.Select(p => p.Blob.Sha256).ToArray()
        );
        await connection.ExecuteAsync("DELETE FROM multipart_parts WHERE upload_id = $1", ct, id);
        return closed == 1 && deleted == parts.Count;
    }

    /// <summary>Gives an upload up; false where there is none that is open.</summary>
    public async Task<bool> AbortAsync(Guid id, CancellationToken ct) =>
        await source.ExecuteAsync("DELETE FROM multipart_uploads WHERE id = $1 AND completed_at IS NULL", ct, id) > 0;

    /// <summary>Gives up what has expired; how many of those were never completed.</summary>
    public async Task<int> ExpireAsync(CancellationToken ct)
    {
        var expired = await source.QueryAsync(
            "DELETE FROM multipart_uploads WHERE expires_at <= now() RETURNING completed_at IS NULL",
            r => r.GetBoolean(0),
            ct
        );
        return expired.Count(open => open);
    }

    private static async Task<OpenUpload?> FindAsync(NpgsqlConnection connection, Guid id, CancellationToken ct)
    {
        var found = await connection.QueryAsync(
            "SELECT path, parts, expires_at, completed_at IS NOT NULL FROM multipart_uploads WHERE id = $1 AND expires_at > now()",
            r =>
                ArtifactPath.TryParse(r.GetString(0), out var path, out _)
                    ? new OpenUpload(id, path, r.GetInt32(1), r.GetFieldValue<DateTimeOffset>(2), r.GetBoolean(3))
                    : null,
            ct,
            id
        );
        return found.FirstOrDefault();
    }
}
