using System.Net.Sockets;
using Npgsql;

namespace Slipway.Registry.Api.Data;

/// <summary>Tells failures that a later attempt may not meet (PostgreSQL is away, restarting or overloaded) from all others.</summary>
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
            if (current is NpgsqlException && (current.InnerException is null or IOException or SocketException or TimeoutException))
            {
                return true;
            }
        }
        return false;
    }

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
                or "25P03"; // idle in transaction
}
