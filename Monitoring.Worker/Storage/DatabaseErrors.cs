using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Slipway.Monitoring.Worker.Storage;

/// <summary>Tells a database that is away (wait and try again) from one that refused what it was given.</summary>
internal static class DatabaseErrors
{
    /// <summary>True where trying again later may help: the connection failed, the server is stopping, starting or not yet the primary one, a deadlock.</summary>
    public static bool IsAway(Exception exception) =>
        exception switch
        {
            PostgresException e => e.IsTransient
                || e.SqlState is PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.ReadOnlySqlTransaction,
            NpgsqlException => true,
            DbUpdateException { InnerException: { } inner } => IsAway(inner),
            InvalidOperationException { InnerException: NpgsqlException inner } => IsAway(inner),
            TimeoutException => true,
            _ => false,
        };

    /// <summary>
    /// True where the rows themselves cannot be stored: the server refused a value (SQLSTATE classes 22 and 23) or its size (54), or it could not even be sent. Anything
    /// else (no table, no permission, a service that stops) would refuse every other row as well.
    /// </summary>
    public static bool IsOfTheData(Exception exception) =>
        exception switch
        {
            PostgresException e => e.SqlState is ['2', '2' or '3', ..] or ['5', '4', ..],
            ArgumentException or InvalidCastException or OverflowException => true,
            _ => false,
        };
}
