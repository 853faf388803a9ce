using Npgsql;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Artifacts.Storage;

/// <summary>
/// The table of blobs. Whatever refers to a blob has a foreign key to its row, so that the database itself counts the references: a row that is referred to
/// cannot be deleted, and a file is deleted only in the transaction that deletes its row.
/// </summary>
internal static class BlobIndex
{
    /// <summary>
    /// Keeps the blob from being collected until the transaction ends. To be called before the content is placed and a reference is written: a collector that was
    /// first is waited for, and what it deleted is placed anew.
    /// </summary>
    public static async Task HoldAsync(NpgsqlConnection connection, Blob blob, CancellationToken ct)
    {
        // Shared with others that upload the same content at this moment, as all runs of a project do with their environment files.
        var held = await connection.QueryAsync(
            "SELECT 1 FROM blobs WHERE sha256 = $1 AND unreferenced_since IS NULL FOR KEY SHARE",
            r => r.GetInt32(0),
            ct,
            blob.Sha256
        );
        if (held.Count == 0)
        {
            await connection.ExecuteAsync(
                """
                INSERT INTO blobs (sha256, size_bytes) VALUES ($1, $2)
                ON CONFLICT (sha256) DO UPDATE SET unreferenced_since = NULL, size_bytes = excluded.size_bytes
                """,
                ct,
                blob.Sha256,
                blob.SizeBytes
            );
        }
    }
}
