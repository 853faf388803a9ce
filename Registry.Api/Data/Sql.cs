using System.Data;
using System.Data.Common;
using Npgsql;

namespace Slipway.Registry.Api.Data;

/// <summary>Runs one SQL statement with positional parameters (<c>$1</c>, <c>$2</c>, …) and reads its rows.</summary>
/// <remarks>The values are a list, because a lone <c>string[]</c> would be taken for a whole array of values.</remarks>
internal static class Sql
{
    public static async Task<List<T>> QueryAsync<T>(
        this NpgsqlDataSource source,
        string sql,
        Func<DbDataReader, T> read,
        CancellationToken ct,
        params List<object?> values
    )
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        return await connection.QueryAsync(sql, read, ct, values);
    }

    public static async Task<List<T>> QueryAsync<T>(
        this NpgsqlConnection connection,
        string sql,
        Func<DbDataReader, T> read,
        CancellationToken ct,
        params List<object?> values
    )
    {
        await using var command = Command(connection, sql, values);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<T>();
        while (await reader.ReadAsync(ct))
        {
            rows.Add(read(reader));
        }
        return rows;
    }

    public static async Task<int> ExecuteAsync(this NpgsqlDataSource source, string sql, CancellationToken ct, params List<object?> values)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        return await connection.ExecuteAsync(sql, ct, values);
    }

    public static async Task<int> ExecuteAsync(
        this NpgsqlConnection connection,
        string sql,
        CancellationToken ct,
        params List<object?> values
    )
    {
        await using var command = Command(connection, sql, values);
        return await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>A statement of a batch, which goes to the server together with others.</summary>
    public static NpgsqlBatchCommand BatchCommand(string sql, params List<object?> values)
    {
#pragma warning disable CA2100 // As in Command below.
        var command = new NpgsqlBatchCommand(sql);
#pragma warning restore CA2100 // see above
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
        }
        return command;
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, List<object?> values)
    {
        if (connection.FullState.HasFlag(ConnectionState.Broken))
        {
            throw new ConnectionBrokenException();
        }
#pragma warning disable CA2100 // Callers pass constant text or text that a compiler of ours built; values are always parameters.
        var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100 // see above
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
        }
        return command;
    }
}
