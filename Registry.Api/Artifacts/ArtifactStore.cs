using Npgsql;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Artifacts;

/// <summary>What an attempt to put a file at a path came to.</summary>
internal enum PutOutcome
{
    Stored,

    /// <summary>A file stands where a folder would have to be.</summary>
    UnderFile,

    /// <summary>A folder stands where the file would have to be.</summary>
    OntoFolder,
}

/// <summary>A file of the store.</summary>
internal sealed record Artifact(string Path, Blob Blob, DateTimeOffset UpdatedAt);

/// <summary>An entry of a folder; a folder itself has no size.</summary>
internal sealed record ArtifactEntry(string Name, bool IsFolder, long SizeBytes);

/// <summary>The table of paths and the blobs they stand for. Folders exist by the files in them.</summary>
internal sealed class ArtifactStore(NpgsqlDataSource source, TimeProvider time)
{
    /// <summary>The most entries that one listing shows.</summary>
    public const int MaxListed = 100_000;

    // '0' is the character after '/': the range holds exactly what begins with the folder's name and a slash, since the column compares bytes.
    private const string Below = "path >= $1 || '/' AND path < $1 || '0'";

    public async Task<PutOutcome> PutAsync(ArtifactPath path, Blob blob, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await LockAsync(connection, path, ct);
        var conflicts = await connection.QueryAsync(
            $"SELECT (SELECT count(*) FROM artifacts WHERE path = ANY($2)), EXISTS (SELECT 1 FROM artifacts WHERE {Below})",
            r => (UnderFile: r.GetInt64(0) > 0, OntoFolder: r.GetBoolean(1)),
            ct,
            path.Value,
            path.Ancestors().ToArray()
        );
        if (conflicts[0].UnderFile)
        {
            return PutOutcome.UnderFile;
        }
        if (conflicts[0].OntoFolder)
        {
            return PutOutcome.OntoFolder;
        }
        await connection.ExecuteAsync(
            """
            INSERT INTO artifacts (path, sha256, size_bytes, updated_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (path) DO UPDATE SET sha256 = excluded.sha256, size_bytes = excluded.size_bytes, updated_at = excluded.updated_at
            """,
            ct,
            path.Value,
            blob.Sha256,
            blob.SizeBytes,
            time.GetUtcNow()
        );
        await transaction.CommitAsync(ct);
        return PutOutcome.Stored;
    }

    public async Task<Artifact?> FindAsync(ArtifactPath path, CancellationToken ct)
    {
        var found = await source.QueryAsync(
            "SELECT path, sha256, size_bytes, updated_at FROM artifacts WHERE path = $1",
            r => new Artifact(r.GetString(0), new Blob(r.GetString(1), r.GetInt64(2)), r.GetFieldValue<DateTimeOffset>(3)),
            ct,
            path.Value
        );
        return found.FirstOrDefault();
    }

    /// <summary>What lies right in a folder, by name; the root for null. Empty for a file and for a folder that does not exist.</summary>
    public Task<List<ArtifactEntry>> ListAsync(ArtifactPath? folder, CancellationToken ct) =>
        source.QueryAsync(
            $"""
            SELECT split_part(rest, '/', 1) AS name, bool_or(position('/' IN rest) > 0), max(size_bytes)
            FROM (
                SELECT substr(path, CASE WHEN $1::text = '' THEN 1 ELSE length($1::text) + 2 END) AS rest, size_bytes
                FROM artifacts WHERE $1::text = '' OR ({Below.Replace("$1", "$1::text", StringComparison.Ordinal)})
            ) AS below
            GROUP BY 1 ORDER BY 1 LIMIT {MaxListed}
            """,
            r => new ArtifactEntry(r.GetString(0), r.GetBoolean(1), r.GetInt64(2)),
            ct,
            folder?.Value ?? ""
        );

    /// <summary>Every file at or below a path, relative to it; a path that is a file itself gives that file under its own name.</summary>
    public static Task<List<Artifact>> TreeAsync(NpgsqlConnection connection, ArtifactPath root, int limit, CancellationToken ct) =>
        connection.QueryAsync(
            $"""
            SELECT CASE WHEN path = $1 THEN $2 ELSE substr(path, length($1) + 2) END, sha256, size_bytes, updated_at
            FROM artifacts WHERE path = $1 OR ({Below}) ORDER BY path LIMIT $3
            """,
            r => new Artifact(r.GetString(0), new Blob(r.GetString(1), r.GetInt64(2)), r.GetFieldValue<DateTimeOffset>(3)),
            ct,
            root.Value,
            root.FileName,
            (long)limit
        );

    /// <summary>Removes a file, or a folder with everything in it. Versions registered from them keep their files.</summary>
    public Task DeleteAsync(ArtifactPath path, CancellationToken ct) =>
        source.ExecuteAsync($"DELETE FROM artifacts WHERE path = $1 OR ({Below})", ct, path.Value);

    /// <summary>
    /// Two paths can conflict only where one is a folder of the other. Deep paths (all that clients write) exclude each other by their first two segments, that
    /// is within a run; short ones exclude everything below their first.
    /// </summary>
    private static async Task LockAsync(NpgsqlConnection connection, ArtifactPath path, CancellationToken ct)
    {
        var segments = path.Value.Split('/');
        var deep = segments.Length >= 3;
        var function = deep ? "pg_advisory_xact_lock_shared" : "pg_advisory_xact_lock";
        await connection.ExecuteAsync($"SELECT {function}(hashtextextended($1, 1))", ct, segments[0]);
        if (deep)
        {
            await connection.ExecuteAsync("SELECT pg_advisory_xact_lock(hashtextextended($1, 2))", ct, $"{segments[0]}/{segments[1]}");
        }
    }
}
