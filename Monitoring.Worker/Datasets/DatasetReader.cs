using System.Text.Json;
using Npgsql;
using Slipway.Monitoring.Worker.Baselines;

namespace Slipway.Monitoring.Worker.Datasets;

/// <summary>Reads labelled predictions of an endpoint as rows for training: in event-time order, one row in memory at a time.</summary>
internal sealed class DatasetReader(NpgsqlDataSource database, BaselineSource baselines)
{
    /// <summary>The name of the last column: the outcome, a number or a class.</summary>
    public const string OutcomeColumn = "outcome";

    private const string Rows = """
        FROM predictions p JOIN outcomes o ON o.prediction_id = p.prediction_id
        WHERE p.endpoint = $1 AND ($2::timestamptz IS NULL OR p.at >= $2) AND ($3::timestamptz IS NULL OR p.at < $3)
        ORDER BY p.at, p.prediction_id
        """;

    /// <summary>Whether the endpoint is monitored or has predictions.</summary>
    public async Task<bool> ExistsAsync(string endpoint, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            "SELECT EXISTS (SELECT FROM monitors WHERE endpoint = $1) OR EXISTS (SELECT FROM predictions WHERE endpoint = $1)"
        );
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = endpoint });
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>The feature columns: those of the newest prediction's model where it has a baseline, otherwise those of the first row; empty without rows.</summary>
    public async Task<IReadOnlyList<string>> FindColumnsAsync(
        string endpoint,
        DateTimeOffset? from,
        DateTimeOffset? to,
        CancellationToken ct
    )
    {
        if (await FindNewestAsync(endpoint, ct) is not var (model, version))
        {
            return [];
        }
        if ((await baselines.GetAsync(model, version, ct)).Profile is { } profile)
        {
            return [.. profile.Features.Select(f => f.Name)];
        }
        await using var first = Command($"SELECT p.numbers, p.categories {Rows} LIMIT 1", endpoint, from, to);
        await using var features = await first.ExecuteReaderAsync(ct);
        return await features.ReadAsync(ct)
            ?
            [
                .. Names(features.GetFieldValue<byte[]>(0))
                    .Concat(Names(features.GetFieldValue<byte[]>(1)))
                    .Distinct(StringComparer.Ordinal),
            ]
            : [];
    }

    /// <summary>Writes header and rows.</summary>
    public async Task WriteAsync(
        string endpoint,
        DateTimeOffset? from,
        DateTimeOffset? to,
        IReadOnlyList<string> columns,
        TextWriter output,
        CancellationToken ct
    )
    {
        var line = new CsvLine();
        line.Start();
        foreach (var column in columns)
        {
            line.Add(column);
        }
        line.Add(OutcomeColumn);
        await output.WriteAsync(line.End().AsMemory(), ct);

        var row = new DatasetRow(columns);
        await using var command = Command($"SELECT p.numbers, p.categories, o.value, o.label {Rows}", endpoint, from, to);
        command.CommandTimeout = 0;
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            row.Read(rows.GetFieldValue<byte[]>(0), rows.GetFieldValue<byte[]>(1));
            line.Start();
            row.WriteTo(line);
            if (rows.IsDBNull(2))
            {
                line.Add(rows.GetString(3));
            }
            else
            {
                line.Add(rows.GetDouble(2));
            }
            await output.WriteAsync(line.End().AsMemory(), ct);
        }
    }

    private async Task<(string Model, int Version)?> FindNewestAsync(string endpoint, CancellationToken ct)
    {
        await using var newest = database.CreateCommand(
            "SELECT model, version FROM predictions WHERE endpoint = $1 ORDER BY at DESC, prediction_id DESC LIMIT 1"
        );
        newest.Parameters.Add(new NpgsqlParameter<string> { TypedValue = endpoint });
        await using var row = await newest.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? (row.GetString(0), row.GetInt32(1)) : null;
    }

    private NpgsqlCommand Command(string sql, string endpoint, DateTimeOffset? from, DateTimeOffset? to)
    {
        var command = database.CreateCommand(sql);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = endpoint });
        command.Parameters.Add(new NpgsqlParameter<DateTime?> { TypedValue = from?.UtcDateTime });
        command.Parameters.Add(new NpgsqlParameter<DateTime?> { TypedValue = to?.UtcDateTime });
        return command;
    }

    private static List<string> Names(byte[] json)
    {
        var names = new List<string>();
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                names.Add(reader.GetString()!);
            }
        }
        return names;
    }
}
