using Npgsql;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Artifacts.Storage;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Artifacts;

/// <summary>What an attempt to put a file at a path came to.</summary>
internal enum PutOutcome
{
    Stored,

    /// <summary>A file stands where a folder would have to be.</summary>
    UnderFile,

    /// <summary>A folder stands where the file would have to be.</summary>
    OntoFolder,

    /// <summary>What the caller wanted to be so at the moment of writing was not.</summary>
    NotConfirmed,
}

/// <summary>A file of the store.</summary>
internal sealed record Artifact(string Path, Blob Blob, DateTimeOffset UpdatedAt);

/// <summary>An entry of a folder; a folder itself has no size.</summary>
internal sealed record ArtifactEntry(string Name, bool IsFolder, long SizeBytes)
{
    /// <summary>In MLflow's words, under the path that the route shows: a name or one relative to a run.</summary>
    public MlflowFileInfo ToFileInfo(string path) =>
        new()
        {
            Path = path,
            IsDir = IsFolder,
            FileSize = IsFolder ? null : SizeBytes,
        };
}

/// <summary>The table of paths and the blobs they stand for. Folders exist by the files in them.</summary>
internal sealed class ArtifactStore(NpgsqlDataSource source, TimeProvider time)
{
    /// <summary>The most entries that one listing shows.</summary>
    public const int MaxListed = 100_000;

    // '0' is the character after '/': the range holds exactly what begins with the folder's name and a slash, since the column compares bytes.
    private const string Below = "path >= $1 || '/' AND path < $1 || '0'";

    /// <summary>Puts staged content at a path, replacing a file that is there.</summary>
    public Task<PutOutcome> PutAsync(ArtifactPath path, IStagedBlob staged, CancellationToken ct) =>
        PutAsync(path, staged, (_, _) => Task.FromResult(true), ct);

    /// <summary>As the other, if <paramref name="confirm"/> still says so within the transaction.</summary>
    public async Task<PutOutcome> PutAsync(
        ArtifactPath path,
        IStagedBlob staged,
        Func<NpgsqlConnection, CancellationToken, Task<bool>> confirm,
        CancellationToken ct
    )
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        // Placing may copy within an object store, which takes its time.
        await connection.ExecuteAsync("SET LOCAL idle_in_transaction_session_timeout = '10min'", ct);
        await LockAsync(connection, path, ct);
        if (await FindConflictAsync(connection, path, ct) is { } conflict)
        {
            return conflict;
        }
        if (!await confirm(connection, ct))
        {
            return PutOutcome.NotConfirmed;
        }
        await BlobIndex.HoldAsync(connection, staged.Blob, ct);
        await staged.PlaceAsync(ct);
        await connection.ExecuteAsync(
            """
            INSERT INTO artifacts (path, sha256, size_bytes, updated_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (path) DO UPDATE SET sha256 = excluded.sha256, size_bytes = excluded.size_bytes, updated_at = excluded.updated_at
            """,
            ct,
            path.Value,
            staged.Blob.Sha256,
            staged.Blob.SizeBytes,
            time.GetUtcNow()
        );
        await transaction.CommitAsync(ct);
        return PutOutcome.Stored;
    }

    /// <summary>What stands in the way of a file at this path; null where nothing does. Asked before a body is received, and again when it was.</summary>
    public async Task<PutOutcome?> FindConflictAsync(ArtifactPath path, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        return await FindConflictAsync(connection, path, ct);
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

    /// <summary>The file at a path, or a refusal with 404.</summary>
    public async Task<Artifact> RequireAsync(ArtifactPath path, CancellationToken ct) =>
        await FindAsync(path, ct) ?? throw MlflowRefusal.NotFound($"No artifact exists at path '{path}'.");

    /// <summary>
    /// What lies right in a folder, by name, after <paramref name="after"/>; the root for null. Empty for a file and for a folder that does not exist.
    /// </summary>
    public Task<List<ArtifactEntry>> ListAsync(ArtifactPath? folder, CancellationToken ct, string after = "", int limit = MaxListed) =>
        source.QueryAsync(
            $"""
            SELECT split_part(rest, '/', 1) COLLATE "C" AS name, bool_or(position('/' IN rest) > 0), max(size_bytes)
            FROM (
                SELECT substr(path, CASE WHEN $1::text = '' THEN 1 ELSE length($1::text) + 2 END) AS rest, size_bytes
                FROM artifacts WHERE $1::text = '' OR ({Below.Replace("$1", "$1::text", StringComparison.Ordinal)})
            ) AS below
            WHERE split_part(rest, '/', 1) COLLATE "C" > $2
            GROUP BY 1 ORDER BY 1 LIMIT $3
            """,
            r => new ArtifactEntry(r.GetString(0), r.GetBoolean(1), r.GetInt64(2)),
            ct,
            folder?.Value ?? "",
            after,
            (long)limit
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

    private static async Task<PutOutcome?> FindConflictAsync(NpgsqlConnection connection, ArtifactPath path, CancellationToken ct)
    {
        var conflicts = await connection.QueryAsync(
            $"SELECT EXISTS (SELECT 1 FROM artifacts WHERE path = ANY($2)), EXISTS (SELECT 1 FROM artifacts WHERE {Below})",
            r => (UnderFile: r.GetBoolean(0), OntoFolder: r.GetBoolean(1)),
            ct,
            path.Value,
            path.Ancestors().ToArray()
        );
        return conflicts[0].UnderFile ? PutOutcome.UnderFile
            : conflicts[0].OntoFolder ? PutOutcome.OntoFolder
            : null;
    }

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
