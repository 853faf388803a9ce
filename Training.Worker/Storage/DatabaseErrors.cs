using Npgsql;

namespace Slipway.Training.Worker.Storage;

/// <summary>Tells a database that is away, or not yet migrated, from a bug in a statement.</summary>
internal static class DatabaseErrors
{
    public static bool IsUnavailable(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            switch (exception)
            {
                case PostgresException postgres:
                    // The database or its tables do not exist yet: another process is still setting it up.
                    return postgres.IsTransient
                        || postgres.SqlState
                            is PostgresErrorCodes.InvalidCatalogName
                                or PostgresErrorCodes.UndefinedTable
                                or PostgresErrorCodes.AdminShutdown
                                or PostgresErrorCodes.CrashShutdown
                                or PostgresErrorCodes.CannotConnectNow;
                case NpgsqlException or TimeoutException:
                    return true;
            }
        }
        return false;
    }
}
