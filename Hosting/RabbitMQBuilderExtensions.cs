using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Health;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting;

/// <summary>Adds RabbitMQ servers.</summary>
public static class RabbitMQBuilderExtensions
{
    /// <summary>Adds a server. Without a password parameter one is generated and kept under <c>Parameters:name-password</c>.</summary>
    public static IResourceBuilder<RabbitMQServerResource> AddRabbitMQ(
        this IDistributedApplicationBuilder builder,
        string name,
        IResourceBuilder<ParameterResource>? userName = null,
        IResourceBuilder<ParameterResource>? password = null,
        int? port = null
    )
    {
        ArgumentNullException.ThrowIfNull(builder);
        // Letters and digits only: the password is part of a URI.
        var passwordParameter = password?.Resource ?? builder.CreatePassword($"{name}-password", special: false);
        var server = new RabbitMQServerResource(name, userName?.Resource, passwordParameter);
        var key = $"{name}_check";
        builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(key, _ => new RabbitMQHealthCheck(server), null, null));
        return builder
            .AddResource(server)
            .WithEndpoint(port: port, targetPort: 5672, name: RabbitMQServerResource.PrimaryEndpointName)
            .WithImage("library/rabbitmq", "4.3")
            .WithRegistry("docker.io")
            .WithEnvironment(context =>
            {
                context.EnvironmentVariables["RABBITMQ_DEFAULT_USER"] = server.UserNameReference;
                context.EnvironmentVariables["RABBITMQ_DEFAULT_PASS"] = server.PasswordParameter;
            })
            .WithHealthCheck(key);
    }

    /// <summary>Keeps the server's data in a volume.</summary>
    public static IResourceBuilder<RabbitMQServerResource> WithDataVolume(
        this IResourceBuilder<RabbitMQServerResource> builder,
        string? name = null,
        bool isReadOnly = false
    )
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithVolume(name ?? $"{builder.Resource.Name}-data", "/var/lib/rabbitmq", isReadOnly);
    }
}
