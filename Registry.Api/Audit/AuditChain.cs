using Npgsql;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Events;

namespace Slipway.Registry.Api.Audit;

/// <summary>
/// Seals committed entries into the chain. One replica at a time holds the lock; changes never wait for it. Entries are sealed in the order of their numbers
/// as far as they are committed: one whose transaction took longer follows those that were committed before it.
/// </summary>
internal sealed class AuditChain(NpgsqlDataSource source, EventFanOut fanOut)
{
    private const long LockKey = 0x5110_AD17;
    private const int BatchSize = 500;

    /// <summary>Seals a batch, and in the same transaction decides which webhooks are told; the number of entries sealed.</summary>
    public async Task<int> SealAsync(CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var locked = await connection.QueryAsync("SELECT pg_try_advisory_xact_lock($1)", r => r.GetBoolean(0), ct, LockKey);
        if (!locked[0])
        {
            return 0;
        }
        var entries = await connection.QueryAsync(
            $"""
            SELECT {StoredEntry.Columns} FROM registry_events v JOIN audit_entries e ON e.id = v.entry_id
            WHERE v.sealed_at IS NULL ORDER BY v.entry_id LIMIT {BatchSize}
            """,
            StoredEntry.Read,
            ct
        );
        if (entries.Count == 0)
        {
            return 0;
        }
        await AppendAsync(connection, entries, ct);
        var ids = entries.Select(e => e.Id).ToArray();
        await fanOut.ApplyAsync(connection, ids, ct);
        await connection.ExecuteAsync("UPDATE registry_events SET sealed_at = now() WHERE entry_id = ANY($1)", ct, ids);
        await transaction.CommitAsync(ct);
        return entries.Count;
    }

    private static async Task AppendAsync(NpgsqlConnection connection, List<StoredEntry> entries, CancellationToken ct)
    {
        var heads = await connection.QueryAsync(
            "SELECT sequence, hash FROM audit_chain ORDER BY sequence DESC LIMIT 1",
            r => (Sequence: r.GetInt64(0), Hash: r.GetFieldValue<byte[]>(1)),
            ct
        );
        var (sequence, hash) = heads.Count == 0 ? (0, AuditHash.Genesis) : heads[0];
        var previous = new byte[entries.Count][];
        var hashes = new byte[entries.Count][];
        for (var i = 0; i < entries.Count; i++)
        {
            previous[i] = hash;
            hash = hashes[i] = AuditHash.Of(hash, sequence + 1 + i, entries[i]);
        }
        await connection.ExecuteAsync(
            """
            INSERT INTO audit_chain (sequence, entry_id, previous_hash, hash)
            SELECT $1 + place, entry_id, previous_hash, hash
            FROM unnest($2::bigint[], $3::bytea[], $4::bytea[]) WITH ORDINALITY AS t (entry_id, previous_hash, hash, place)
            """,
            ct,
            sequence,
            entries.Select(e => e.Id).ToArray(),
            previous,
            hashes
        );
    }
}
