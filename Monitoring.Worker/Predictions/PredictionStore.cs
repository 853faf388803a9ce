using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;
using Slipway.Contracts.Messages;
using Slipway.Contracts.Monitoring;
using Slipway.Monitoring.Worker.Storage;
using Slipway.Monitoring.Worker.Telemetry;

namespace Slipway.Monitoring.Worker.Predictions;

/// <summary>
/// Stores batches of predictions: binary COPY into a temporary table, then one statement that inserts what is new, joins outcomes that were waiting,
/// marks the windows to recompute, and gives a new endpoint its monitor. All in one transaction, so that a batch is stored whole or not at all.
/// </summary>
internal sealed class PredictionStore(
    [FromKeyedServices(DataSources.Bulk)] NpgsqlDataSource database,
    IOptions<PredictionOptions> options,
    TimeProvider time,
    ILogger<PredictionStore> logger
)
{
    private const string CreateStaging = """
        CREATE TEMPORARY TABLE IF NOT EXISTS predictions_staging (
            prediction_id text COLLATE "C", endpoint text COLLATE "C", model text COLLATE "C", version integer, at timestamptz,
            latency_ms double precision, numbers jsonb, categories jsonb, value double precision, label text COLLATE "C", scores double precision[]
        ) ON COMMIT DELETE ROWS
        """;

    private const string Copy = """
        COPY predictions_staging (prediction_id, endpoint, model, version, at, latency_ms, numbers, categories, value, label, scores)
        FROM STDIN (FORMAT BINARY)
        """;

    // Sorted inserts: two batches with the same ids cannot wait for each other in a circle.
    private const string Merge = """
        WITH monitored AS (
            INSERT INTO monitors (endpoint, window_seconds, definition, updated_at)
            SELECT DISTINCT endpoint, $2::bigint, $3::jsonb, $1::timestamptz FROM predictions_staging s
            WHERE NOT EXISTS (SELECT FROM monitors m WHERE m.endpoint = s.endpoint) ORDER BY endpoint
            ON CONFLICT DO NOTHING
        ), inserted AS (
            INSERT INTO predictions
                (prediction_id, endpoint, model, version, at, received_at, latency_ms, numbers, categories, value, label, scores)
            SELECT DISTINCT ON (prediction_id)
                prediction_id, endpoint, model, version, at, $1, latency_ms, numbers, categories, value, label, scores
            FROM predictions_staging ORDER BY prediction_id
            ON CONFLICT (prediction_id) DO NOTHING
            RETURNING prediction_id, endpoint, model, version, at
        ), joined AS (
            UPDATE outcomes o SET joined = true FROM inserted i WHERE o.prediction_id = i.prediction_id AND NOT o.joined
        ), dirty AS (
            INSERT INTO dirty_windows (endpoint, model, version, start)
            SELECT DISTINCT i.endpoint, i.model, i.version,
                date_bin(make_interval(secs => COALESCE(m.window_seconds, $2)), i.at, TIMESTAMPTZ '1970-01-01 00:00:00Z')
            FROM inserted i LEFT JOIN monitors m ON m.endpoint = i.endpoint
        )
        SELECT count(*) FROM inserted
        """;

    private const string CountConflicts = """
        SELECT count(*) FROM predictions_staging s JOIN predictions p ON p.prediction_id = s.prediction_id
        WHERE (p.endpoint, p.model, p.version, p.at) IS DISTINCT FROM (s.endpoint, s.model, s.version, s.at)
            OR (p.value, p.label) IS DISTINCT FROM (s.value, s.label)
        """;

    private static readonly MonitorDefinition s_defaultMonitor = new();

    /// <summary>Stores what can be stored. Throws when the database takes nothing at all: then the batch is still the caller's.</summary>
    public async Task<StoredBatch> StoreAsync(IReadOnlyList<PredictionRecord> records, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var valid = new List<PredictionRecord>(records.Count);
        var invalid = 0;
        foreach (var record in records)
        {
            if (PredictionCheck.Find(record, now, options.Value) is { } reason)
            {
                invalid++;
                MonitoringLog.PredictionInvalid(logger, reason);
            }
            else
            {
                valid.Add(record);
            }
        }
        return valid.Count == 0 ? new StoredBatch(0, 0, 0, invalid) : await StoreValidAsync(valid, invalid, now, ct);
    }

    private async Task<StoredBatch> StoreValidAsync(List<PredictionRecord> records, int invalid, DateTimeOffset now, CancellationToken ct)
    {
        try
        {
            var (stored, conflicts) = await MergeAsync(records, now, ct);
            return new StoredBatch(stored, records.Count - stored - conflicts, conflicts, invalid);
        }
        catch (Exception e) when (DatabaseErrors.IsOfTheData(e))
        {
            // The checks above should have found it. One record must not hold up a queue for ever: halve until it stands alone.
            if (records.Count == 1)
            {
                MonitoringLog.PredictionRefused(logger, e);
                return new StoredBatch(0, 0, 0, invalid + 1);
            }
            var half = records.Count / 2;
            var first = await StoreValidAsync(records[..half], 0, now, ct);
            var second = await StoreValidAsync(records[half..], 0, now, ct);
            return new StoredBatch(
                first.Stored + second.Stored,
                first.Duplicates + second.Duplicates,
                first.Conflicts + second.Conflicts,
                invalid + first.Invalid + second.Invalid
            );
        }
    }

    private async Task<(int Stored, int Conflicts)> MergeAsync(List<PredictionRecord> records, DateTimeOffset now, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using (var create = new NpgsqlCommand(CreateStaging, connection))
        {
            await create.ExecuteNonQueryAsync(ct);
        }
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var join = new NpgsqlCommand("SELECT pg_advisory_xact_lock_shared($1)", connection))
        {
            join.Parameters.Add(new NpgsqlParameter<long> { TypedValue = AdvisoryLocks.Join });
            await join.ExecuteNonQueryAsync(ct);
        }
        await CopyAsync(connection, records, ct);
        await using var merge = new NpgsqlCommand(Merge, connection);
        merge.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = now.UtcDateTime });
        merge.Parameters.Add(new NpgsqlParameter<long> { TypedValue = s_defaultMonitor.WindowSeconds });
        merge.Parameters.Add(
            new NpgsqlParameter
            {
                Value = JsonSerializer.Serialize(s_defaultMonitor, MonitoringJson.Default.MonitorDefinition),
                NpgsqlDbType = NpgsqlDbType.Jsonb,
            }
        );
        var stored = (int)(long)(await merge.ExecuteScalarAsync(ct))!;
        var conflicts = 0;
        if (stored < records.Count)
        {
            await using var count = new NpgsqlCommand(CountConflicts, connection);
            conflicts = (int)(long)(await count.ExecuteScalarAsync(ct))!;
        }
        await transaction.CommitAsync(ct);
        return (stored, conflicts);
    }

    private static async Task CopyAsync(NpgsqlConnection connection, List<PredictionRecord> records, CancellationToken ct)
    {
        var json = new ArrayBufferWriter<byte>(1024);
        await using var writer = new Utf8JsonWriter(json, new JsonWriterOptions { SkipValidation = true });
        await using var copy = await connection.BeginBinaryImportAsync(Copy, ct);
        foreach (var record in records)
        {
            await copy.StartRowAsync(ct);
            await copy.WriteAsync(record.PredictionId, NpgsqlDbType.Text, ct);
            await copy.WriteAsync(record.Endpoint, NpgsqlDbType.Text, ct);
            await copy.WriteAsync(record.Model, NpgsqlDbType.Text, ct);
            await copy.WriteAsync(record.Version, NpgsqlDbType.Integer, ct);
            await copy.WriteAsync(record.At.UtcDateTime, NpgsqlDbType.TimestampTz, ct);
            await copy.WriteAsync(record.LatencyMs, NpgsqlDbType.Double, ct);
            await copy.WriteAsync(NumbersJson(writer, json, record.Numbers), NpgsqlDbType.Jsonb, ct);
            await copy.WriteAsync(CategoriesJson(writer, json, record.Categories), NpgsqlDbType.Jsonb, ct);
            await copy.WriteNullableAsync(record.Value, NpgsqlDbType.Double, ct);
            await copy.WriteNullableAsync(record.Label, NpgsqlDbType.Text, ct);
            await copy.WriteNullableAsync(
                record.Scores as double[] ?? record.Scores?.ToArray(),
                NpgsqlDbType.Array | NpgsqlDbType.Double,
                ct
            );
        }
        await copy.CompleteAsync(ct);
    }

    private static string NumbersJson(Utf8JsonWriter writer, ArrayBufferWriter<byte> json, IReadOnlyDictionary<string, double?>? numbers)
    {
        json.ResetWrittenCount();
        writer.Reset();
        writer.WriteStartObject();
        foreach (var (name, value) in numbers ?? new Dictionary<string, double?>())
        {
            if (value is { } number)
            {
                writer.WriteNumber(name, number);
            }
            else
            {
                writer.WriteNull(name);
            }
        }
        writer.WriteEndObject();
        writer.Flush();
        return Encoding.UTF8.GetString(json.WrittenSpan);
    }

    private static string CategoriesJson(
        Utf8JsonWriter writer,
        ArrayBufferWriter<byte> json,
        IReadOnlyDictionary<string, string?>? categories
    )
    {
        json.ResetWrittenCount();
        writer.Reset();
        writer.WriteStartObject();
        foreach (var (name, value) in categories ?? new Dictionary<string, string?>())
        {
            writer.WriteString(name, value);
        }
        writer.WriteEndObject();
        writer.Flush();
        return Encoding.UTF8.GetString(json.WrittenSpan);
    }
}
