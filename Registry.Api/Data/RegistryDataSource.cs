using Npgsql;

namespace Slipway.Registry.Api.Data;

/// <summary>Makes the connection pool, with limits on every wait: a stuck statement must not hold a request for ever.</summary>
internal static class RegistryDataSource
{
    public const string ConnectionName = "registrydb";

    // Requests are short, and there are many of them: a single one must not take all processors, nor wait for machine code, and the data mostly is in memory.
    private const string Plans = "-c jit=off -c max_parallel_workers_per_gather=0 -c random_page_cost=1.1";

    // Many requests share one statement there, and one of them may meet a locked row.
    private const int SharedLockTimeoutMilliseconds = 1000;

    public static NpgsqlDataSource Create(string connectionString, RegistryDatabaseOptions options) =>
        Create(connectionString, options, options.MaxConnections, options.StatementTimeoutSeconds * 1000 / 2, "");

    /// <summary>
    /// A few connections for the statements that run most: looked up by keys always, planned once, whatever size the tables had then and whatever the values are.
    /// They wait for locks a second at most.
    /// </summary>
    public static FixedPlanSource CreateForFixedPlans(string connectionString, RegistryDatabaseOptions options) =>
        new(
            Create(
                connectionString,
                options,
                FixedPlanSource.MaxConnections,
                Math.Min(SharedLockTimeoutMilliseconds, options.StatementTimeoutSeconds * 1000 / 2),
                "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off"
            )
        );

    private static NpgsqlDataSource Create(
        string connectionString,
        RegistryDatabaseOptions options,
        int maxConnections,
        int lockTimeout,
        string plans
    )
    {
        var builder = new NpgsqlDataSourceBuilder(connectionString);
        var settings = builder.ConnectionStringBuilder;
        settings.Timeout = options.ConnectTimeoutSeconds;
        // The client gives up a little later than the server, whose own error is the better one.
        settings.CommandTimeout = options.StatementTimeoutSeconds + 5;
        settings.MaxPoolSize = maxConnections;
        // Statements that come again and again are parsed and planned once per connection.
        settings.MaxAutoPrepare = 100;
        settings.AutoPrepareMinUsages = 3;
        // Nothing here leaves session state behind, and resetting it costs more than most statements.
        settings.NoResetOnClose = true;
        settings.ApplicationName ??= "slipway-registry";
        var milliseconds = options.StatementTimeoutSeconds * 1000;
        settings.Options =
            $"{settings.Options} {Plans} {plans} -c statement_timeout={milliseconds} -c lock_timeout={lockTimeout} -c idle_in_transaction_session_timeout={milliseconds * 2}".Trim();
        return builder.Build();
    }
}
