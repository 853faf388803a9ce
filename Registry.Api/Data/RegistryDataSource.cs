using Npgsql;

namespace Slipway.Registry.Api.Data;

/// <summary>Makes the connection pool, with limits on every wait: a stuck statement must not hold a request for ever.</summary>
internal static class RegistryDataSource
{
    public const string ConnectionName = "registrydb";

    public static NpgsqlDataSource Create(string connectionString, RegistryDatabaseOptions options)
    {
        var builder = new NpgsqlDataSourceBuilder(connectionString);
        var settings = builder.ConnectionStringBuilder;
        settings.Timeout = options.ConnectTimeoutSeconds;
        // The client gives up a little later than the server, whose own error is the better one.
        settings.CommandTimeout = options.StatementTimeoutSeconds + 5;
        settings.MaxPoolSize = options.MaxConnections;
        // Statements that come again and again are parsed and planned once per connection.
        settings.MaxAutoPrepare = 100;
        settings.AutoPrepareMinUsages = 3;
        // Nothing here leaves session state behind, and resetting it costs more than most statements.
        settings.NoResetOnClose = true;
        settings.ApplicationName ??= "slipway-registry";
        var milliseconds = options.StatementTimeoutSeconds * 1000;
        settings.Options =
            $"{settings.Options} -c statement_timeout={milliseconds} -c lock_timeout={milliseconds / 2} -c idle_in_transaction_session_timeout={milliseconds * 2}".Trim();
        return builder.Build();
    }
}
