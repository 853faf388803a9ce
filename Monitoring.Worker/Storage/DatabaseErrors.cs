using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Slipway.Monitoring.Worker.Storage;

/// <summary>Tells a database that is away (wait and try again) from one that refused what it was given.</summary>
internal static class DatabaseErrors
{
    /// <summary>True where trying again later may help: the connection failed, the server is stopping or starting, a deadlock.</summary>
    public static bool IsAway(Exception exception) =>
        exception switch
        {
            PostgresException e => e.IsTransient || e.SqlState is PostgresErrorCodes.QueryCanceled,
            NpgsqlException => true,
            DbUpdateException { InnerException: { } inner } => IsAway(inner),
            InvalidOperationException { InnerException: NpgsqlException inner } => IsAway(inner),
            TimeoutException => true,
            _ => false,
        };
}
