using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Slipway.Registry.Api.Data;

/// <summary>Tells failures that a later attempt may not meet (PostgreSQL is away, restarting or overloaded), and lost races, from all others.</summary>
internal static class DatabaseFailure
{
    public static bool IsTemporary(Exception exception)
    {
        for (var current = exception; current is not null; current = current.InnerException)
        {
            if (current is PostgresException { SqlState: { } state })
            {
                return IsTemporary(state);
            }
            // The driver's own rule for what it meets in place of an answer: a socket's, a stream's or a clock's failure inside. What has none of these inside,
            // and InvalidOperationException, is a mistake of the program.
            if (current is NpgsqlException { IsTransient: true } or ConnectionBrokenException)
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
        // connection; a protocol violation is a statement with too few parameters, say
        (state.StartsWith("08", StringComparison.Ordinal) && state != PostgresErrorCodes.ProtocolViolation)
        || state.StartsWith("53", StringComparison.Ordinal) // resources
        || state.StartsWith("57P", StringComparison.Ordinal) // shutting down, starting up, dropped
        || state
            is PostgresErrorCodes.QueryCanceled // the statement timeout
                or PostgresErrorCodes.LockNotAvailable
                or PostgresErrorCodes.DeadlockDetected
                or PostgresErrorCodes.SerializationFailure
                or PostgresErrorCodes.InvalidCatalogName // the database is not created yet, or being restored
                or "25P03"; // idle in transaction
}
