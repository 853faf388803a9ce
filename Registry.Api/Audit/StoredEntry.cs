using System.Data.Common;

namespace Slipway.Registry.Api.Audit;

/// <summary>An entry as its row holds it: before and after are the very text that was written.</summary>
internal sealed record StoredEntry(
    long Id,
    DateTimeOffset At,
    string Actor,
    string Action,
    string Object,
    string? Before,
    string? After,
    string? TraceId,
    string? RequestId
)
{
    /// <summary>The columns that <see cref="Read"/> takes, of a row named <c>e</c>.</summary>
    public const string Columns = "e.id, e.at, e.actor, e.action, e.object, e.before::text, e.after::text, e.trace_id, e.request_id";

    public const int ColumnCount = 9;

    public static StoredEntry Read(DbDataReader row) =>
        new(
            row.GetInt64(0),
            row.GetFieldValue<DateTimeOffset>(1),
            row.GetString(2),
            row.GetString(3),
            row.GetString(4),
            Text(row, 5),
            Text(row, 6),
            Text(row, 7),
            Text(row, 8)
        );

    private static string? Text(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
