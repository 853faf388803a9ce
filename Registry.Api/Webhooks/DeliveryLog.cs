using System.Data.Common;
using Npgsql;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Webhooks;

/// <summary>What people see of deliveries: the log, and sending one again.</summary>
internal sealed class DeliveryLog(NpgsqlDataSource source)
{
    private const int MaxAttemptsShown = 20;
    private const string Columns =
        "d.delivery_id, d.webhook_id, d.event, d.entry_id, d.status, d.attempts, d.created_at, d.next_attempt_at, d.finished_at";

    public Task<List<WebhookOverview>> ListWebhooksAsync(CancellationToken ct) =>
        source.QueryAsync(
            """
            SELECT w.webhook_id, w.name, w.url, w.status, w.events, count(d.*) FILTER (WHERE d.status = 'pending'),
                count(d.*) FILTER (WHERE d.status = 'delivered'), count(d.*) FILTER (WHERE d.status = 'dead')
            FROM webhooks w LEFT JOIN webhook_deliveries d ON d.webhook_id = w.webhook_id GROUP BY w.webhook_id ORDER BY w.name, w.webhook_id
            """,
            r => new WebhookOverview
            {
                Id = r.GetString(0),
                Name = r.GetString(1),
                Url = r.GetString(2),
                Status = r.GetString(3),
                Events = r.GetFieldValue<string[]>(4),
                Pending = r.GetInt64(5),
                Delivered = r.GetInt64(6),
                Dead = r.GetInt64(7),
            },
            ct
        );

    /// <summary>The newest first.</summary>
    public async Task<List<WebhookDelivery>> ListAsync(string webhookId, string? status, int limit, long? before, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        var rows = await connection.QueryAsync(
            $"""
            SELECT {Columns} FROM webhook_deliveries d
            WHERE d.webhook_id = $1 AND ($2::text IS NULL OR d.status = $2) AND d.entry_id < $3 ORDER BY d.entry_id DESC LIMIT $4
            """,
            Read,
            ct,
            webhookId,
            status,
            before ?? long.MaxValue,
            limit
        );
        return await WithAttemptsAsync(connection, rows, ct);
    }

    public async Task<WebhookDelivery?> FindAsync(Guid id, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        var rows = await connection.QueryAsync($"SELECT {Columns} FROM webhook_deliveries d WHERE d.delivery_id = $1", Read, ct, id);
        return (await WithAttemptsAsync(connection, rows, ct)).FirstOrDefault();
    }

    /// <summary>Puts a finished delivery back into the queue, under its own id; false where it is not finished.</summary>
    public async Task<bool> ReplayAsync(Guid id, TimeSpan giveUpAfter, CancellationToken ct) =>
        await source.ExecuteAsync(
            """
            UPDATE webhook_deliveries SET status = 'pending', finished_at = NULL, next_attempt_at = now(), lease_until = NULL, give_up_at = now() + $2
            WHERE delivery_id = $1 AND status <> 'pending'
            """,
            ct,
            id,
            giveUpAfter
        ) > 0;

    private static async Task<List<WebhookDelivery>> WithAttemptsAsync(
        NpgsqlConnection connection,
        List<WebhookDelivery> rows,
        CancellationToken ct
    )
    {
        var attempts = await connection.QueryAsync(
            """
            SELECT a.delivery_id, a.number, a.at, a.duration_ms, a.response_status, a.response_body, a.error
            FROM unnest($1::uuid[]) AS wanted (id) CROSS JOIN LATERAL (
                SELECT * FROM webhook_attempts x WHERE x.delivery_id = wanted.id ORDER BY x.number DESC LIMIT $2
            ) a ORDER BY a.number DESC
            """,
            r =>
                (
                    Id: r.GetGuid(0),
                    Attempt: new WebhookAttempt(
                        r.GetInt32(1),
                        r.GetFieldValue<DateTimeOffset>(2),
                        r.GetDouble(3),
                        r.IsDBNull(4) ? null : r.GetInt32(4),
                        r.IsDBNull(5) ? null : r.GetString(5),
                        r.IsDBNull(6) ? null : r.GetString(6)
                    )
                ),
            ct,
            rows.Select(d => d.Id).ToArray(),
            MaxAttemptsShown
        );
        var byId = attempts.ToLookup(a => a.Id, a => a.Attempt);
        return rows.ConvertAll(d => d with { Log = [.. byId[d.Id]] });
    }

    private static WebhookDelivery Read(DbDataReader row) =>
        new()
        {
            Id = row.GetGuid(0),
            WebhookId = row.GetString(1),
            Event = row.GetString(2),
            EntryId = row.GetInt64(3),
            Status = row.GetString(4),
            Attempts = row.GetInt32(5),
            CreatedAt = row.GetFieldValue<DateTimeOffset>(6),
            NextAttemptAt = row.GetString(4) == DeliveryQueue.Pending ? row.GetFieldValue<DateTimeOffset>(7) : null,
            FinishedAt = row.IsDBNull(8) ? null : row.GetFieldValue<DateTimeOffset>(8),
            Log = [],
        };
}
