using System.Data.Common;
using System.Text.Json.Nodes;
using Npgsql;
using Slipway.Registry.Api.Audit;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Mlflow;
using Slipway.Registry.Api.Search;

namespace Slipway.Registry.Api.Webhooks;

/// <summary>Webhooks. Secrets go in encrypted and never come out to a caller.</summary>
internal sealed class WebhookStore(NpgsqlDataSource source, WebhookSecrets secrets, ChangeRecorder recorder, TimeProvider time)
{
    private const int MaxWebhooks = 1000;
    private const string Columns = "webhook_id, name, description, url, events, secret, status, creation_timestamp, last_updated_timestamp";

    private static readonly SearchSort s_newestFirst = new(
        "",
        [
            new("creation_timestamp", Ascending: false, SortKind.Integer, IsNullable: false),
            new("webhook_id", Ascending: true, SortKind.Text, IsNullable: false),
        ]
    );

    public async Task<Webhook> CreateAsync(WebhookChange webhook, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var id = Guid.CreateVersion7(now).ToString();
        var at = now.ToUnixTimeMilliseconds();
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var rows = await connection.QueryAsync(
            $"""
            INSERT INTO webhooks ({Columns}) SELECT $1, $2, $3::text, $4, $5::text[], $6::bytea, $7, $8, $8
            WHERE (SELECT count(*) FROM webhooks) < {MaxWebhooks} RETURNING {Columns}
            """,
            Read,
            ct,
            id,
            webhook.Name,
            webhook.Description,
            webhook.Url,
            webhook.Events,
            webhook.Secret is { } secret ? secrets.Protect(id, secret) : null,
            webhook.Status ?? Webhook.Active,
            at
        );
        if (rows.Count == 0)
        {
            throw MlflowRefusal.Invalid($"There are {MaxWebhooks} webhooks, the most that this registry keeps. Delete one first.");
        }
        await recorder.RecordAsync(connection, new Change("webhook.created", Path(id)) { After = State(rows[0]) }, ct);
        await transaction.CommitAsync(ct);
        return rows[0];
    }

    public async Task<(List<Webhook> Page, string? Next)> ListAsync(int limit, string? token, CancellationToken ct)
    {
        var compiler = new SearchCompiler(new SearchSchema { Attributes = new Dictionary<string, SearchAttribute>() });
        var (after, offset) = Keyset.After(token, s_newestFirst, compiler);
        var rows = await source.QueryAsync(
            $"SELECT {Columns} FROM webhooks WHERE {after} ORDER BY {s_newestFirst.OrderSql} LIMIT {limit + 1} OFFSET {offset}",
            Read,
            ct,
            compiler.Values
        );
        return rows.Count > limit ? (rows[..limit], Keyset.Token([rows[limit - 1].CreatedAt, rows[limit - 1].Id])) : (rows, null);
    }

    public async Task<Webhook> RequireAsync(string id, CancellationToken ct) =>
        (await source.QueryAsync($"SELECT {Columns} FROM webhooks WHERE webhook_id = $1", Read, ct, id)).FirstOrDefault()
        ?? throw NotFound(id);

    public async Task<Webhook> UpdateAsync(string id, WebhookChange change, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var before =
            (await connection.QueryAsync($"SELECT {Columns} FROM webhooks WHERE webhook_id = $1 FOR UPDATE", Read, ct, id)).FirstOrDefault()
            ?? throw NotFound(id);
        var rows = await connection.QueryAsync(
            $"""
            UPDATE webhooks SET name = coalesce($2::text, name), description = coalesce($3::text, description), url = coalesce($4::text, url),
                events = coalesce($5::text[], events), secret = coalesce($6::bytea, secret), status = coalesce($7::text, status),
                last_updated_timestamp = greatest($8, last_updated_timestamp + 1)
            WHERE webhook_id = $1 RETURNING {Columns}
            """,
            Read,
            ct,
            id,
            change.Name,
            change.Description,
            change.Url,
            change.Events,
            change.Secret is { } secret ? secrets.Protect(id, secret) : null,
            change.Status,
            time.GetUtcNow().ToUnixTimeMilliseconds()
        );
        var state = State(rows[0]);
        // The secret itself is nobody's to read, but that it was changed is.
        state["secret_changed"] = change.Secret is not null;
        await recorder.RecordAsync(connection, new Change("webhook.updated", Path(id)) { Before = State(before), After = state }, ct);
        await transaction.CommitAsync(ct);
        return rows[0];
    }

    public async Task DeleteAsync(string id, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var deleted = await connection.QueryAsync($"DELETE FROM webhooks WHERE webhook_id = $1 RETURNING {Columns}", Read, ct, id);
        if (deleted.Count == 0)
        {
            throw NotFound(id);
        }
        await recorder.RecordAsync(connection, new Change("webhook.deleted", Path(id)) { Before = State(deleted[0]) }, ct);
        await transaction.CommitAsync(ct);
    }

    public static MlflowRefusal NotFound(string id) => MlflowRefusal.NotFound($"Webhook with ID {MlflowRules.Shorten(id)} not found.");

    private static string Path(string id) => $"webhooks/{id}";

    private static JsonObject State(Webhook webhook) =>
        new()
        {
            ["webhook_id"] = webhook.Id,
            ["name"] = webhook.Name,
            ["description"] = webhook.Description,
            ["url"] = webhook.Url,
            ["events"] = new JsonArray([.. webhook.Events.Select(e => (JsonNode?)e)]),
            ["status"] = webhook.Status,
        };

    private static Webhook Read(DbDataReader row) =>
        new(
            row.GetString(0),
            row.GetString(1),
            row.IsDBNull(2) ? null : row.GetString(2),
            row.GetString(3),
            row.GetFieldValue<string[]>(4),
            row.IsDBNull(5) ? null : row.GetFieldValue<byte[]>(5),
            row.GetString(6),
            row.GetInt64(7),
            row.GetInt64(8)
        );
}
