using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NpgsqlTypes;
using Slipway.Contracts.Monitoring;
using Slipway.Monitoring.Worker.Storage;

namespace Slipway.Monitoring.Worker.Outcomes;

/// <summary>
/// Stores outcomes; the first content for a prediction id wins. In the same transaction the windows of joined predictions are marked for
/// recomputing. An outcome whose prediction is not here yet waits: storing the prediction joins it.
/// </summary>
internal sealed class OutcomeStore([FromKeyedServices(DataSources.Bulk)] NpgsqlDataSource database, TimeProvider time)
{
    private const string CreateStaging = """
        CREATE TEMPORARY TABLE IF NOT EXISTS outcomes_staging (
            prediction_id text COLLATE "C", value double precision, label text COLLATE "C", observed_at timestamptz
        ) ON COMMIT DELETE ROWS
        """;

    private const string Copy = "COPY outcomes_staging (prediction_id, value, label, observed_at) FROM STDIN (FORMAT BINARY)";

    private const string Merge = """
        WITH inserted AS (
            INSERT INTO outcomes (prediction_id, value, label, observed_at, received_at, joined)
            SELECT s.prediction_id, s.value, s.label, COALESCE(s.observed_at, $1), $1,
                EXISTS (SELECT FROM predictions p WHERE p.prediction_id = s.prediction_id)
            FROM outcomes_staging s ORDER BY s.prediction_id
            ON CONFLICT (prediction_id) DO NOTHING
            RETURNING prediction_id, joined
        ), dirty AS (
            INSERT INTO dirty_windows (endpoint, model, version, start)
            SELECT DISTINCT p.endpoint, p.model, p.version,
                date_bin(make_interval(secs => m.window_seconds), p.at, TIMESTAMPTZ '1970-01-01 00:00:00Z')
            FROM inserted i JOIN predictions p ON p.prediction_id = i.prediction_id JOIN monitors m ON m.endpoint = p.endpoint
        )
        SELECT count(*) FILTER (WHERE joined), count(*) FILTER (WHERE NOT joined) FROM inserted
        """;

    private const string FindConflicts = """
        SELECT s.prediction_id FROM outcomes_staging s JOIN outcomes o ON o.prediction_id = s.prediction_id
        WHERE (o.value, o.label) IS DISTINCT FROM (s.value, s.label) ORDER BY s.prediction_id
        """;

    /// <summary>Stores valid outcomes.</summary>
    public async Task<StoredOutcomes> StoreAsync(IReadOnlyList<Outcome> outcomes, CancellationToken ct)
    {
        var first = new Dictionary<string, Outcome>(outcomes.Count, StringComparer.Ordinal);
        var duplicates = 0;
        var conflicts = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var outcome in outcomes)
        {
            if (first.TryAdd(outcome.PredictionId, outcome))
            {
                continue;
            }
            var earlier = first[outcome.PredictionId];
            if (earlier.Value.Equals(outcome.Value) && earlier.Label == outcome.Label)
            {
                duplicates++;
            }
            else
            {
                conflicts.Add(outcome.PredictionId);
            }
        }
        if (first.Count == 0)
        {
            return new StoredOutcomes(0, 0, 0, []);
        }
        var (joined, parked, stored) = await MergeAsync(first.Values, ct);
        duplicates += first.Count - joined - parked - stored.Count;
        conflicts.UnionWith(stored);
        return new StoredOutcomes(joined, parked, duplicates, [.. conflicts]);
    }

    private async Task<(int Joined, int Parked, IReadOnlyList<string> Conflicts)> MergeAsync(
        Dictionary<string, Outcome>.ValueCollection outcomes,
        CancellationToken ct
    )
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using (var create = new NpgsqlCommand(CreateStaging, connection))
        {
            await create.ExecuteNonQueryAsync(ct);
        }
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await CopyAsync(connection, outcomes, ct);
        await using (var join = new NpgsqlCommand("SELECT pg_advisory_xact_lock($1)", connection))
        {
            join.Parameters.Add(new NpgsqlParameter<long> { TypedValue = AdvisoryLocks.Join });
            await join.ExecuteNonQueryAsync(ct);
        }
        int joined;
        int parked;
        await using (var merge = new NpgsqlCommand(Merge, connection))
        {
            merge.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = time.GetUtcNow().UtcDateTime });
            await using var counts = await merge.ExecuteReaderAsync(ct);
            await counts.ReadAsync(ct);
            joined = (int)counts.GetInt64(0);
            parked = (int)counts.GetInt64(1);
        }
        var conflicts = new List<string>();
        if (joined + parked < outcomes.Count)
        {
            await using var find = new NpgsqlCommand(FindConflicts, connection);
            await using var ids = await find.ExecuteReaderAsync(ct);
            while (await ids.ReadAsync(ct))
            {
                conflicts.Add(ids.GetString(0));
            }
        }
        await transaction.CommitAsync(ct);
        return (joined, parked, conflicts);
    }

    private static async Task CopyAsync(
        NpgsqlConnection connection,
        Dictionary<string, Outcome>.ValueCollection outcomes,
        CancellationToken ct
    )
    {
        await using var copy = await connection.BeginBinaryImportAsync(Copy, ct);
        foreach (var outcome in outcomes)
        {
            await copy.StartRowAsync(ct);
            await copy.WriteAsync(outcome.PredictionId, NpgsqlDbType.Text, ct);
            await copy.WriteNullableAsync(outcome.Value, NpgsqlDbType.Double, ct);
            await copy.WriteNullableAsync(outcome.Label, NpgsqlDbType.Text, ct);
            if (outcome.ObservedAt is { } observedAt)
            {
                await copy.WriteAsync(observedAt.UtcDateTime, NpgsqlDbType.TimestampTz, ct);
            }
            else
            {
                await copy.WriteNullAsync(ct);
            }
        }
        await copy.CompleteAsync(ct);
    }
}
