using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Slipway.Registry.Api.Data;

/// <summary>Tells failures that a later attempt may not meet (PostgreSQL is away, restarting or overloaded), and lost races, from all others.</summary>
internal static class DatabaseFailure
{
    private const string DriverName = "Npgsql";

    public static bool IsTemporary(Exception exception)
    {
        for (var current = exception; current is not null; current = current.InnerException)
        {
            if (current is PostgresException { SqlState: { } state })
            {
                return IsTemporary(state);
            }
            // Whatever the driver meets in place of an answer, and what it says of a connection that broke under a command.
            if (current is NpgsqlException or InvalidOperationException { Source: DriverName })
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>Whether a row that the statement needed was deleted or changed by another transaction in between.</summary>
    public static bool IsConflict(Exception exception) =>
        exception is DbUpdateConcurrencyException
        || exception is PostgresException { SqlState: PostgresErrorCodes.ForeignKeyViolation }
        || exception is DbUpdateException { InnerException: PostgresException { SqlState: PostgresErrorCodes.ForeignKeyViolation } };

    private static bool IsTemporary(string state) =>
        state.StartsWith("08", StringComparison.Ordinal) // connection
        || state.StartsWith("53", StringComparison.Ordinal) // resources
        || state.StartsWith("57P", StringComparison.Ordinal) // shutting down, starting up, dropped
        || state
            is PostgresErrorCodes.QueryCanceled // the statement timeout
                or PostgresErrorCodes.LockNotAvailable
                or PostgresErrorCodes.DeadlockDetected
                or PostgresErrorCodes.SerializationFailure
                or PostgresErrorCodes.InvalidCatalogName // the database is not created yet
                or PostgresErrorCodes.UndefinedTable // nor its schema: requests may come before the first migration
                or "25P03"; // idle in transaction
}
