using Npgsql;
using Slipway.Contracts.Messages;
using Slipway.Messaging;
using Slipway.Registry.Api.Audit;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Workers;

namespace Slipway.Registry.Api.Events;

/// <summary>
/// Publishes sealed events on the bus, in the order of the chain, one replica at a time. An event is marked once the broker has confirmed it: a crash in between
/// publishes it again under the same id.
/// </summary>
internal sealed class EventPublisher(
    NpgsqlDataSource source,
    IMessagePublisher publisher,
    PublishSignal signal,
    DatabaseReadiness readiness,
    TimeProvider time,
    ILogger<EventPublisher> logger
) : PassWorker(signal, s_interval, readiness, time, logger)
{
    private const long LockKey = 0x5110_E0E7;
    private const int BatchSize = 100;
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    public override async Task<bool> RunOnceAsync(CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        var locked = await connection.QueryAsync("SELECT pg_try_advisory_lock($1)", r => r.GetBoolean(0), ct, LockKey);
        if (!locked[0])
        {
            return false;
        }
        try
        {
            return await PublishAsync(connection, ct);
        }
        finally
        {
            await connection.ExecuteAsync("SELECT pg_advisory_unlock($1)", CancellationToken.None, LockKey);
        }
    }

    private async Task<bool> PublishAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var events = await connection.QueryAsync(
            $"""
            SELECT {StoredEntry.Columns}, v.event_id, c.sequence
            FROM registry_events v JOIN audit_entries e ON e.id = v.entry_id JOIN audit_chain c ON c.entry_id = v.entry_id
            WHERE v.published_at IS NULL AND v.sealed_at IS NOT NULL ORDER BY c.sequence LIMIT {BatchSize}
            """,
            r => (Entry: StoredEntry.Read(r), Id: r.GetGuid(StoredEntry.ColumnCount), Sequence: r.GetInt64(StoredEntry.ColumnCount + 1)),
            ct
        );
        var published = new List<long>();
        try
        {
            foreach (var (entry, id, sequence) in events)
            {
                await publisher.PublishAsync(Message(entry, id, sequence), ct);
                published.Add(entry.Id);
            }
        }
        finally
        {
            await connection.ExecuteAsync(
                "UPDATE registry_events SET published_at = now() WHERE entry_id = ANY($1)",
                CancellationToken.None,
                published.ToArray()
            );
        }
        return events.Count > 0;
    }

    private static RegistryChanged Message(StoredEntry entry, Guid id, long sequence) =>
        new()
        {
            Id = id,
            At = entry.At,
            Sequence = sequence,
            Action = entry.Action,
            Object = entry.Object,
            Actor = entry.Actor,
            Before = entry.Before,
            After = entry.After,
            TraceId = entry.TraceId,
        };
}
