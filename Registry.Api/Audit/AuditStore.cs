using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using Npgsql;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Audit;

/// <summary>Reads the audit log: pages for people, the sealed chain for exports.</summary>
internal sealed class AuditStore(NpgsqlDataSource source)
{
    private const int ExportBatchSize = 500;

    /// <summary>The newest first; a token is the number of the last entry shown, so that new entries do not shift pages.</summary>
    public async Task<AuditPage> ListAsync(AuditQuery query, int limit, long? before, CancellationToken ct)
    {
        var values = new List<object?> { before ?? long.MaxValue, limit + 1 };
        var rows = await source.QueryAsync(
            $"""
            SELECT {StoredEntry.Columns}, c.sequence, c.hash FROM audit_entries e LEFT JOIN audit_chain c ON c.entry_id = e.id
            WHERE e.id < $1 {Conditions(query, values)} ORDER BY e.id DESC LIMIT $2
            """,
            Read,
            ct,
            values
        );
        var page = rows.Take(limit).ToList();
        return new AuditPage(page, rows.Count > limit ? page[^1].Id.ToString(CultureInfo.InvariantCulture) : null);
    }

    /// <summary>Sealed entries in the order of the chain, a batch at a time.</summary>
    public async IAsyncEnumerable<SealedEntry> ExportAsync(
        AuditQuery query,
        long after,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct
    )
    {
        var last = after;
        while (true)
        {
            var values = new List<object?> { last, ExportBatchSize };
            var batch = await source.QueryAsync(
                $"""
                SELECT {StoredEntry.Columns}, c.sequence, c.previous_hash, c.hash FROM audit_chain c JOIN audit_entries e ON e.id = c.entry_id
                WHERE c.sequence > $1 {Conditions(query, values)} ORDER BY c.sequence LIMIT $2
                """,
                r => new SealedEntry(
                    StoredEntry.Read(r),
                    r.GetInt64(StoredEntry.ColumnCount),
                    r.GetFieldValue<byte[]>(StoredEntry.ColumnCount + 1),
                    r.GetFieldValue<byte[]>(StoredEntry.ColumnCount + 2)
                ),
                ct,
                values
            );
            foreach (var entry in batch)
            {
                yield return entry;
            }
            if (batch.Count < ExportBatchSize)
            {
                yield break;
            }
            last = batch[^1].Sequence;
        }
    }

    private static string Conditions(AuditQuery query, List<object?> values)
    {
        var sql = "";
        if (query.Object is { } path)
        {
            values.Add(path);
            var exact = values.Count;
            values.Add(path + "/");
            // '0' is the character after '/': the range holds what lies below the path, whatever characters its name has.
            values.Add(path + "0");
            sql += $" AND (e.object = ${exact} OR (e.object >= ${exact + 1} AND e.object < ${exact + 2}))";
        }
        Add("e.actor =", query.Actor);
        Add("e.action =", query.Action);
        Add("e.at >=", query.From?.ToUniversalTime());
        Add("e.at <", query.To?.ToUniversalTime());
        return sql;

        void Add(string comparison, object? value)
        {
            if (value is not null)
            {
                values.Add(value);
                sql += $" AND {comparison} ${values.Count}";
            }
        }
    }

    private static AuditEntry Read(DbDataReader row)
    {
        var stored = StoredEntry.Read(row);
        return new AuditEntry
        {
            Id = stored.Id,
            Sequence = row.IsDBNull(StoredEntry.ColumnCount) ? null : row.GetInt64(StoredEntry.ColumnCount),
            Hash = row.IsDBNull(StoredEntry.ColumnCount + 1)
                ? null
                : Convert.ToHexStringLower(row.GetFieldValue<byte[]>(StoredEntry.ColumnCount + 1)),
            At = stored.At,
            Actor = stored.Actor,
            Action = stored.Action,
            Object = stored.Object,
            Before = Json(stored.Before),
            After = Json(stored.After),
            TraceId = stored.TraceId,
            RequestId = stored.RequestId,
        };
    }

    private static JsonElement? Json(string? text)
    {
        if (text is null)
        {
            return null;
        }
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}

/// <summary>An entry with its place in the chain.</summary>
internal sealed record SealedEntry(StoredEntry Entry, long Sequence, byte[] PreviousHash, byte[] Hash);
