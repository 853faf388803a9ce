using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Processes;

namespace Aspire.Hosting.Servers.RabbitMQ;

/// <summary>Decides where RabbitMQ comes from.</summary>
internal sealed class RabbitMQChooser(RabbitMQServerResource resource, ServerContext context)
    : ServerChooser<RabbitMQServerResource>(resource, context)
{
    protected override string Title => "RabbitMQ";

    protected override string SourceKey => "Hosting:RabbitMQSource";

    protected override IReadOnlyList<ServerSource> Sources =>
        [ServerSource.Auto, ServerSource.Connection, ServerSource.Container, ServerSource.Installed, ServerSource.None];

    protected override EndpointReference Endpoint => Resource.PrimaryEndpoint;

    protected override UnixSignal StopSignal => UnixSignal.Terminate;

    protected override bool HasLocalData => RabbitMQServer.HasData(Context);

    // The databases are the truth, messages are hints: the services make up for those that stay behind.
    protected override bool MayStartEmpty => true;

    protected override ServerPlan UseConnection(string connectionString)
    {
        if (!Uri.TryCreate(connectionString, UriKind.Absolute, out var uri) || uri.Scheme is not ("amqp" or "amqps"))
        {
            throw new DistributedApplicationException(
                $"ConnectionStrings:{Resource.Name} is not an AMQP URI, such as amqp://user:password@host:5672."
            );
        }

        var (user, password) = uri.UserInfo.Split(':', 2) is [var u, var p] ? (u, p) : (uri.UserInfo, "");
        Resource.Annotations.Add(new ConnectionStringOverrideAnnotation(connectionString));
        Resource.UserNameParameter = new ParameterResource($"{Resource.Name}-username", _ => Uri.UnescapeDataString(user));
        Resource.PasswordParameter = new ParameterResource(
            $"{Resource.Name}-password",
            _ => Uri.UnescapeDataString(password),
            secret: true
        );
        var endpoint = Resource.PrimaryEndpoint.EndpointAnnotation;
        var port =
            uri.Port > 0 ? uri.Port
            : uri.Scheme == "amqps" ? 5671
            : 5672;
        endpoint.AllocatedEndpoint = new AllocatedEndpoint(endpoint, uri.Host, port);
        return new ServerPlan { Description = $"RabbitMQ at {uri.Host}:{port}", ConnectionString = connectionString };
    }

    protected override Task<ServerPlan?> TryLocalAsync(ServerSource setting, List<string> reasons, CancellationToken cancellationToken)
    {
        if (!setting.Allows(ServerSource.Installed))
        {
            return Task.FromResult<ServerPlan?>(null);
        }

        var (installation, reason) = RabbitMQInstallation.Find();
        if (installation is null)
        {
            reasons.Add(reason!);
            return Task.FromResult<ServerPlan?>(null);
        }

        var server = new RabbitMQServer(Resource, installation, Context);
        return Task.FromResult<ServerPlan?>(new ServerPlan { Description = "RabbitMQ (installed)", Processes = server.Processes });
    }
}
