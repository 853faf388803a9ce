using Npgsql;
using Slipway.Registry.Api.Audit;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Webhooks;

/// <summary>
/// Deliveries that wait: rows that are claimed for a time. Only the oldest of each webhook can be claimed, so that a webhook gets its events in the order of the
/// log, and one that does not answer holds up none but itself. Times are the database's, the one clock that all replicas share.
/// </summary>
internal sealed class DeliveryQueue(NpgsqlDataSource source)
{
    public const string Pending = "pending";
    public const string Delivered = "delivered";
    public const string Dead = "dead";

    public Task<List<ClaimedDelivery>> ClaimAsync(int count, TimeSpan lease, CancellationToken ct) =>
        source.QueryAsync(
            $"""
            WITH heads AS (
                SELECT head.delivery_id FROM webhooks w CROSS JOIN LATERAL (
                    SELECT * FROM webhook_deliveries x WHERE x.webhook_id = w.webhook_id AND x.status = 'pending' ORDER BY x.entry_id, x.delivery_id LIMIT 1
                ) head
                WHERE w.status = 'ACTIVE' AND head.next_attempt_at <= now() AND (head.lease_until IS NULL OR head.lease_until < now())
                ORDER BY head.next_attempt_at LIMIT $1 FOR UPDATE OF w SKIP LOCKED
            )
            UPDATE webhook_deliveries d SET attempts = d.attempts + 1, lease_until = now() + $2
            FROM heads h, webhooks w, audit_entries e
            WHERE d.delivery_id = h.delivery_id AND w.webhook_id = d.webhook_id AND e.id = d.entry_id
              AND d.status = 'pending' AND (d.lease_until IS NULL OR d.lease_until < now())
            RETURNING {StoredEntry.Columns}, d.delivery_id, d.webhook_id, d.event, d.attempts, w.url, w.secret
            """,
            r => new ClaimedDelivery(
                r.GetGuid(StoredEntry.ColumnCount),
                r.GetString(StoredEntry.ColumnCount + 1),
                r.GetString(StoredEntry.ColumnCount + 2),
                r.GetInt32(StoredEntry.ColumnCount + 3),
                r.GetString(StoredEntry.ColumnCount + 4),
                r.IsDBNull(StoredEntry.ColumnCount + 5) ? null : r.GetFieldValue<byte[]>(StoredEntry.ColumnCount + 5),
                StoredEntry.Read(r)
            ),
            ct,
            count,
            lease
        );

    /// <summary>
    /// Writes an attempt down. The delivery is finished, or waits for <paramref name="retryIn"/> unless it would be given up by then. Nothing happens to a
    /// delivery that somebody else has claimed since.
    /// </summary>
    public async Task CompleteAsync(ClaimedDelivery delivery, AttemptResult result, TimeSpan? retryIn, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var final = result.Delivered ? Delivered : Dead;
        await connection.ExecuteAsync(
            """
            UPDATE webhook_deliveries SET lease_until = NULL,
                status = CASE WHEN $4::interval IS NULL OR now() + $4::interval >= give_up_at THEN $3 ELSE status END,
                finished_at = CASE WHEN $4::interval IS NULL OR now() + $4::interval >= give_up_at THEN now() ELSE NULL END,
                next_attempt_at = now() + coalesce($4::interval, '0')
            WHERE delivery_id = $1 AND attempts = $2 AND status = 'pending'
            """,
            ct,
            delivery.Id,
            delivery.Attempt,
            final,
            retryIn
        );
        await connection.ExecuteAsync(
            """
            INSERT INTO webhook_attempts (delivery_id, number, at, duration_ms, response_status, response_body, error)
            SELECT delivery_id, $2, now(), $3, $4::integer, $5::text, $6::text FROM webhook_deliveries WHERE delivery_id = $1
            ON CONFLICT DO NOTHING
            """,
            ct,
            delivery.Id,
            delivery.Attempt,
            result.Duration.TotalMilliseconds,
            result.Status,
            result.Body,
            result.Error
        );
        await transaction.CommitAsync(ct);
    }

    /// <summary>Gives a claim back that was never used.</summary>
    public Task ReleaseAsync(ClaimedDelivery delivery, CancellationToken ct) =>
        source.ExecuteAsync(
            "UPDATE webhook_deliveries SET lease_until = NULL, attempts = attempts - 1 WHERE delivery_id = $1 AND attempts = $2 AND status = 'pending'",
            ct,
            delivery.Id,
            delivery.Attempt
        );

    /// <summary>Gives up what nobody took in time, and forgets what was finished before <paramref name="retention"/>; the number of rows.</summary>
    public async Task<int> CleanAsync(TimeSpan retention, CancellationToken ct) =>
        await source.ExecuteAsync(
            """
            UPDATE webhook_deliveries SET status = 'dead', finished_at = now()
            WHERE status = 'pending' AND give_up_at < now() AND (lease_until IS NULL OR lease_until < now())
            """,
            ct
        )
        + await source.ExecuteAsync(
            """
            DELETE FROM webhook_deliveries WHERE delivery_id IN (
                SELECT delivery_id FROM webhook_deliveries WHERE status <> 'pending' AND finished_at < now() - $1 ORDER BY finished_at LIMIT 1000
            )
            """,
            ct,
            retention
        )
        + await source.ExecuteAsync(
            """
            DELETE FROM registry_events WHERE entry_id IN (
                SELECT entry_id FROM registry_events
                WHERE sealed_at IS NOT NULL AND published_at < now() - $1 ORDER BY entry_id LIMIT 1000
            )
            """,
            ct,
            retention
        );
}

/// <summary>A delivery whose attempt is this worker's to make.</summary>
internal sealed record ClaimedDelivery(Guid Id, string WebhookId, string Event, int Attempt, string Url, byte[]? Secret, StoredEntry Entry);
