using Microsoft.Extensions.Options;
using Npgsql;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Webhooks;

namespace Slipway.Registry.Api.Events;

/// <summary>Makes a delivery of each event for each active webhook that asked for it, inside the transaction that seals the events.</summary>
internal sealed class EventFanOut(IOptions<WebhookOptions> options)
{
    private readonly TimeSpan _giveUpAfter = TimeSpan.FromHours(options.Value.GiveUpAfterHours);

    public async Task ApplyAsync(NpgsqlConnection connection, long[] entries, CancellationToken ct)
    {
        var events = await connection.QueryAsync(
            "SELECT v.entry_id, e.action, v.is_prompt FROM registry_events v JOIN audit_entries e ON e.id = v.entry_id WHERE v.entry_id = ANY($1)",
            r => (EntryId: r.GetInt64(0), Name: WebhookEvents.NameOf(r.GetString(1), r.GetBoolean(2))),
            ct,
            entries
        );
        await connection.ExecuteAsync(
            """
            INSERT INTO webhook_deliveries (delivery_id, webhook_id, entry_id, event, created_at, next_attempt_at, give_up_at)
            SELECT gen_random_uuid(), w.webhook_id, t.entry_id, t.event, now(), now(), now() + $3
            FROM unnest($1::bigint[], $2::text[]) AS t (entry_id, event) JOIN webhooks w ON w.status = 'ACTIVE' AND t.event = ANY(w.events)
            """,
            ct,
            events.Select(e => e.EntryId).ToArray(),
            events.Select(e => e.Name).ToArray(),
            _giveUpAfter
        );
    }
}
