using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Health;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting;

/// <summary>Adds PostgreSQL servers and their databases.</summary>
public static class PostgresBuilderExtensions
{
    private const string DataPath = "/var/lib/postgresql";

    /// <summary>Adds a server. Without a password parameter one is generated and kept under <c>Parameters:name-password</c>.</summary>
    public static IResourceBuilder<PostgresServerResource> AddPostgres(
        this IDistributedApplicationBuilder builder,
        string name,
        IResourceBuilder<ParameterResource>? userName = null,
        IResourceBuilder<ParameterResource>? password = null,
        int? port = null
    )
    {
        ArgumentNullException.ThrowIfNull(builder);
        // Letters and digits only: shells, URIs and connection strings all take it as it is.
        var passwordParameter = password?.Resource ?? builder.CreatePassword($"{name}-password", special: false);
        var server = new PostgresServerResource(name, userName?.Resource, passwordParameter);
        var key = $"{name}_check";
        builder
            .Services.AddHealthChecks()
            .Add(
                new HealthCheckRegistration(
                    key,
                    _ => new PostgresHealthCheck(server, server.GetAdministrativeConnectionStringAsync),
                    null,
                    null
                )
            );
        return builder
            .AddResource(server)
            .WithEndpoint(port: port, targetPort: 5432, name: PostgresServerResource.PrimaryEndpointName)
            .WithImage("library/postgres", "18.3")
            .WithRegistry("docker.io")
            .WithEnvironment("POSTGRES_HOST_AUTH_METHOD", "scram-sha-256")
            .WithEnvironment("POSTGRES_INITDB_ARGS", "--auth-host=scram-sha-256 --auth-local=scram-sha-256")
            .WithEnvironment(context =>
            {
                context.EnvironmentVariables["POSTGRES_USER"] = server.UserNameReference;
                context.EnvironmentVariables["POSTGRES_PASSWORD"] = server.PasswordParameter;
            })
            .WithHealthCheck(key);
    }

    /// <summary>Adds a database to the server; it is created when the server is ready.</summary>
    public static IResourceBuilder<PostgresDatabaseResource> AddDatabase(
        this IResourceBuilder<PostgresServerResource> builder,
        string name,
        string? databaseName = null
    )
    {
        ArgumentNullException.ThrowIfNull(builder);
        var database = new PostgresDatabaseResource(name, databaseName ?? name, builder.Resource);
        var key = $"{name}_check";
        var result = builder.ApplicationBuilder.AddResource(database);
        builder.Resource.AddDatabase(name, database.DatabaseName);
        builder
            .ApplicationBuilder.Services.AddHealthChecks()
            .Add(
                new HealthCheckRegistration(
                    key,
                    _ => new PostgresHealthCheck(builder.Resource, async token => (await database.GetConnectionStringAsync(token))!),
                    null,
                    null
                )
            );
        return result.WithHealthCheck(key);
    }

    /// <summary>Keeps the server's data in a volume.</summary>
    public static IResourceBuilder<PostgresServerResource> WithDataVolume(
        this IResourceBuilder<PostgresServerResource> builder,
        string? name = null,
        bool isReadOnly = false
    )
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithVolume(name ?? $"{builder.Resource.Name}-data", DataPath, isReadOnly);
    }

    /// <summary>Fixes the port on this machine.</summary>
    public static IResourceBuilder<PostgresServerResource> WithHostPort(this IResourceBuilder<PostgresServerResource> builder, int? port)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithEndpoint(PostgresServerResource.PrimaryEndpointName, endpoint => endpoint.Port = port);
    }

    internal static IResourceBuilder<T> WithRegistry<T>(this IResourceBuilder<T> builder, string registry)
        where T : ContainerResource
    {
        builder.Resource.Annotations.OfType<ContainerImageAnnotation>().Last().Registry = registry;
        return builder;
    }
}
