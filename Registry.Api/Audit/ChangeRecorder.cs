using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Audit;

/// <summary>
/// Writes a change's audit entry and its event inside the transaction that makes the change: the three stand or fall together. A store calls it after its own
/// statements and before its commit.
/// </summary>
internal sealed class ChangeRecorder(IHttpContextAccessor requests, ChangeSignal signal, TimeProvider time)
{
    // Without a transaction the entry would be committed by itself: a change that has written nothing yet has no transaction id, and gets no entry.
    private const string Insert = """
        WITH entry AS (
            INSERT INTO audit_entries (at, actor, action, object, before, after, trace_id, request_id)
            SELECT $1, $2, $3, $4, $5::json, $6::json, $7, $8 WHERE pg_current_xact_id_if_assigned() IS NOT NULL
            RETURNING id
        )
        INSERT INTO registry_events (entry_id, event_id, is_prompt)
        SELECT id, $9, EXISTS (
            SELECT 1 FROM registered_models m JOIN registered_model_tags t ON t.model_id = m.id
            WHERE m.name = $10 AND t.key = 'mlflow.prompt.is_prompt' AND lower(t.value) = 'true'
        ) FROM entry
        """;

    public Task RecordAsync(RegistryDb db, Change change, CancellationToken ct) =>
        RecordAsync((NpgsqlConnection)db.Database.GetDbConnection(), change, ct);

    public async Task RecordAsync(NpgsqlConnection connection, Change change, CancellationToken ct)
    {
        var request = requests.HttpContext;
        var now = time.GetUtcNow();
        var written = await connection.ExecuteAsync(
            Insert,
            ct,
            // PostgreSQL keeps microseconds: what is hashed must be what is read back.
            new DateTimeOffset(now.UtcTicks - (now.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero),
            request is null ? Change.System : Caller.Of(request).Name,
            change.Action,
            change.Object,
            change.Before?.ToJsonString(),
            change.After?.ToJsonString(),
            Activity.Current?.TraceId.ToHexString(),
            request?.TraceIdentifier,
            Guid.CreateVersion7(now),
            change.Model
        );
        if (written == 0)
        {
            throw new InvalidOperationException($"The change {change.Action} of {change.Object} is not in a transaction.");
        }
        // Woken now, the worker would look before the commit.
        request?.Response.OnCompleted(() =>
        {
            signal.Wake();
            return Task.CompletedTask;
        });
    }
}
