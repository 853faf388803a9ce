using Npgsql;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Audit;

/// <summary>Walks the chain, a batch at a time, from its beginning or from an anchor that somebody kept.</summary>
internal sealed class AuditVerifier(NpgsqlDataSource source)
{
    private const int BatchSize = 1000;

    /// <param name="after">The anchor's place: the walk begins with the one after it. 0 for the whole chain.</param>
    /// <param name="anchor">The hash at that place, as it was known when it was kept; null to trust the stored one.</param>
    /// <param name="limit">The most entries to check.</param>
    public async Task<AuditVerification> VerifyAsync(long after, byte[]? anchor, long limit, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        // Counted before the walk: what was sealed at that moment is walked, and none says that nothing was left out.
        var unsealed = await CountUnsealedAsync(connection, ct);
        var walk = new Walk(after, anchor ?? AuditHash.Genesis);
        if (after > 0 && await CheckAnchorAsync(connection, walk, anchor, ct) is { } wrong)
        {
            return Answer(walk, after, true, unsealed, wrong);
        }
        while (true)
        {
            var take = (int)Math.Min(BatchSize, limit - (walk.Sequence - after));
            var links = take == 0 ? [] : await ReadAsync(connection, walk.Sequence, take, ct);
            foreach (var link in links)
            {
                if (Check(walk, link) is { } broken)
                {
                    return Answer(walk, after, false, unsealed, broken);
                }
                walk = new Walk(link.Sequence, link.Hash);
            }
            if (links.Count < take || take == 0)
            {
                var complete = links.Count < take;
                var stray = complete ? await FindStrayAsync(connection, ct) : null;
                return Answer(walk, after, complete, unsealed, stray);
            }
        }
    }

    private static async Task<AuditBreak?> CheckAnchorAsync(NpgsqlConnection connection, Walk walk, byte[]? anchor, CancellationToken ct)
    {
        var stored = await connection.QueryAsync(
            "SELECT hash FROM audit_chain WHERE sequence = $1",
            r => r.GetFieldValue<byte[]>(0),
            ct,
            walk.Sequence
        );
        if (stored.Count == 0)
        {
            return new AuditBreak(walk.Sequence, null, "The chain does not hold the anchor's entry: it ends before it.");
        }
        if (anchor is null)
        {
            walk.Hash = stored[0];
            return null;
        }
        return stored[0].AsSpan().SequenceEqual(anchor)
            ? null
            : new AuditBreak(walk.Sequence, null, "The hash is not the anchor's: what stands here was written after the anchor was kept.");
    }

    private static AuditBreak? Check(Walk walk, Link link)
    {
        var expected = walk.Sequence + 1;
        if (link.Sequence != expected)
        {
            return new AuditBreak(expected, null, $"The chain goes on with {link.Sequence}: what stood here was removed.");
        }
        if (link.Entry is not { } entry)
        {
            return new AuditBreak(link.Sequence, link.EntryId, "The entry was removed.");
        }
        if (!link.Previous.AsSpan().SequenceEqual(walk.Hash))
        {
            return new AuditBreak(link.Sequence, link.EntryId, "The previous hash is not the hash of the entry before.");
        }
        return AuditHash.Of(walk.Hash, link.Sequence, entry).AsSpan().SequenceEqual(link.Hash)
            ? null
            : new AuditBreak(link.Sequence, link.EntryId, "The entry's content does not match its hash.");
    }

    private static Task<List<Link>> ReadAsync(NpgsqlConnection connection, long after, int take, CancellationToken ct) =>
        connection.QueryAsync(
            $"""
            SELECT {StoredEntry.Columns}, c.sequence, c.entry_id, c.previous_hash, c.hash
            FROM audit_chain c LEFT JOIN audit_entries e ON e.id = c.entry_id
            WHERE c.sequence > $1 ORDER BY c.sequence LIMIT $2
            """,
            r => new Link(
                r.GetInt64(StoredEntry.ColumnCount),
                r.GetInt64(StoredEntry.ColumnCount + 1),
                r.GetFieldValue<byte[]>(StoredEntry.ColumnCount + 2),
                r.GetFieldValue<byte[]>(StoredEntry.ColumnCount + 3),
                r.IsDBNull(0) ? null : StoredEntry.Read(r)
            ),
            ct,
            after,
            take
        );

    /// <summary>An entry that is neither sealed nor waits for it was not written by the registry.</summary>
    private static async Task<AuditBreak?> FindStrayAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var strays = await connection.QueryAsync(
            """
            SELECT e.id FROM audit_entries e
            WHERE NOT EXISTS (SELECT 1 FROM audit_chain c WHERE c.entry_id = e.id)
              AND NOT EXISTS (SELECT 1 FROM registry_events v WHERE v.entry_id = e.id AND v.sealed_at IS NULL)
            ORDER BY e.id LIMIT 1
            """,
            r => r.GetInt64(0),
            ct
        );
        return strays.Count == 0
            ? null
            : new AuditBreak(null, strays[0], "The entry is in no chain and does not wait for its place in it.");
    }

    private static async Task<long> CountUnsealedAsync(NpgsqlConnection connection, CancellationToken ct) =>
        (await connection.QueryAsync("SELECT count(*) FROM registry_events WHERE sealed_at IS NULL", r => r.GetInt64(0), ct))[0];

    private static AuditVerification Answer(Walk walk, long first, bool complete, long unsealed, AuditBreak? broken) =>
        new()
        {
            Valid = broken is null,
            Complete = complete,
            Checked = walk.Sequence - first,
            LastSequence = walk.Sequence,
            LastHash = Convert.ToHexStringLower(walk.Hash),
            Unsealed = unsealed,
            FirstBroken = broken,
        };

    private sealed class Walk(long sequence, byte[] hash)
    {
        public long Sequence { get; } = sequence;
        public byte[] Hash { get; set; } = hash;
    }

    private sealed record Link(long Sequence, long EntryId, byte[] Previous, byte[] Hash, StoredEntry? Entry);
}
