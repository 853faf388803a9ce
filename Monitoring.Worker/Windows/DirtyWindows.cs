using Npgsql;

namespace Slipway.Monitoring.Worker.Windows;

/// <summary>The marks of windows whose rows have changed. Writers of predictions and outcomes append them in their own transactions; the window pass takes them away.</summary>
internal sealed class DirtyWindows(NpgsqlDataSource database, TimeProvider time)
{
    /// <summary>Endpoints to look at: those with a mark that is due, and those with an open alert, since a retraining may have ended meanwhile.</summary>
    public async Task<List<string>> ListEndpointsAsync(CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            SELECT DISTINCT endpoint FROM dirty_windows WHERE not_before IS NULL OR not_before <= $1
            UNION SELECT endpoint FROM alerts WHERE status = 'open' ORDER BY endpoint
            """
        );
        command.Parameters.Add(Time(time.GetUtcNow()));
        var endpoints = new List<string>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            endpoints.Add(rows.GetString(0));
        }
        return endpoints;
    }

    /// <summary>The marked windows of an endpoint that are due, the earliest first.</summary>
    public async Task<List<WindowKey>> ListAsync(NpgsqlConnection connection, string endpoint, int limit, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT DISTINCT start, model, version FROM dirty_windows
            WHERE endpoint = $2 AND (not_before IS NULL OR not_before <= $1) ORDER BY start, model, version LIMIT $3
            """,
            connection
        );
        command.Parameters.Add(Time(time.GetUtcNow()));
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = endpoint });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        var keys = new List<WindowKey>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            keys.Add(new WindowKey(rows.GetString(1), rows.GetInt32(2), rows.GetFieldValue<DateTimeOffset>(0)));
        }
        return keys;
    }

    /// <summary>Takes a window's marks away. Call it before its rows are read: a mark that appears later speaks of rows that may not have been read, and stays.</summary>
    public async Task ClearAsync(NpgsqlConnection connection, string endpoint, WindowKey window, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            DELETE FROM dirty_windows WHERE endpoint = $2 AND model = $3 AND version = $4 AND start = $5
                AND (not_before IS NULL OR not_before <= $1)
            """,
            connection
        );
        command.Parameters.Add(Time(time.GetUtcNow()));
        AddKey(command, endpoint, window);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Marks a window that could not be judged now.</summary>
    public async Task MarkForLaterAsync(
        NpgsqlConnection connection,
        string endpoint,
        WindowKey window,
        TimeSpan delay,
        CancellationToken ct
    )
    {
        await using var command = new NpgsqlCommand(
            "INSERT INTO dirty_windows (endpoint, model, version, start, not_before) VALUES ($2, $3, $4, $5, $1)",
            connection
        );
        command.Parameters.Add(Time(time.GetUtcNow() + delay));
        AddKey(command, endpoint, window);
        await command.ExecuteNonQueryAsync(ct);
    }

    private static void AddKey(NpgsqlCommand command, string endpoint, WindowKey window)
    {
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = endpoint });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = window.Model });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = window.Version });
        command.Parameters.Add(Time(window.Start));
    }

    private static NpgsqlParameter<DateTime> Time(DateTimeOffset at) => new() { TypedValue = at.UtcDateTime };
}
