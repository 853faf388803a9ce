using Npgsql;
using Slipway.Contracts.Monitoring;
using Slipway.Monitoring.Worker.Drift;

namespace Slipway.Monitoring.Worker.Windows;

/// <summary>Reads the rows of one window, by streaming: counts and accuracy from all of them, drift from at most a stated number.</summary>
internal sealed class WindowReader(NpgsqlConnection connection, string endpoint, WindowKey window, DateTimeOffset end)
{
    private const string Rows = """
        FROM predictions p LEFT JOIN outcomes o ON o.prediction_id = p.prediction_id
        WHERE p.endpoint = $1 AND p.model = $2 AND p.version = $3 AND p.at >= $4 AND p.at < $5
        """;

    /// <summary>Predictions and outcomes in the window.</summary>
    public async Task<(long Predictions, long Outcomes, AccuracyAccumulator Accuracy)> ReadAccuracyAsync(CancellationToken ct)
    {
        var accuracy = new AccuracyAccumulator();
        var predictions = 0L;
        var outcomes = 0L;
        await using var command = Command($"SELECT p.value, p.label, o.prediction_id IS NOT NULL, o.value, o.label {Rows}");
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            predictions++;
            if (rows.GetBoolean(2))
            {
                outcomes++;
                accuracy.Add(Number(rows, 0), Text(rows, 1), Number(rows, 3), Text(rows, 4));
            }
        }
        return (predictions, outcomes, accuracy);
    }

    /// <summary>The columns that <paramref name="baseline"/> knows, of every k-th row (by a hash of the id, so that the same rows are taken each time).</summary>
    public async Task<WindowSample> ReadSampleAsync(BaselineProfile baseline, long predictions, int maxRows, CancellationToken ct)
    {
        var sample = new WindowSample(baseline);
        var step = (predictions + maxRows - 1) / maxRows;
        await using var command = Command(
            """
            SELECT p.numbers, p.categories, p.value, p.label FROM predictions p
            WHERE p.endpoint = $1 AND p.model = $2 AND p.version = $3 AND p.at >= $4 AND p.at < $5
                AND ($6 = 1 OR (hashtext(p.prediction_id)::bigint + 2147483648) % $6 = 0)
            """
        );
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = Math.Max(1, step) });
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            sample.Add(rows.GetFieldValue<byte[]>(0), rows.GetFieldValue<byte[]>(1), Number(rows, 2), Text(rows, 3));
        }
        return sample;
    }

    private NpgsqlCommand Command(string sql)
    {
        var command = new NpgsqlCommand(sql, connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = endpoint });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = window.Model });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = window.Version });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = window.Start.UtcDateTime });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = end.UtcDateTime });
        return command;
    }

    private static double? Number(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetDouble(column);

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
