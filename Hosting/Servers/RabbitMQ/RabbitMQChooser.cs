using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Processes;
using Aspire.Hosting.Run;

namespace Aspire.Hosting.Servers.RabbitMQ;

/// <summary>Decides where RabbitMQ comes from: a connection string, a container engine, an installed server; in this order.</summary>
internal static class RabbitMQChooser
{
    public const string SourceKey = "Hosting:RabbitMQSource";

    public static async Task<ServerChoice> ChooseAsync(
        RabbitMQServerResource resource,
        ServerContext context,
        CancellationToken cancellationToken
    )
    {
        var setting = ServerSources.Read(
            context.Configuration,
            SourceKey,
            ServerSource.Auto,
            ServerSource.Connection,
            ServerSource.Container,
            ServerSource.Installed,
            ServerSource.None
        );
        var reasons = new List<string>();
        if (setting == ServerSource.None)
        {
            return new ServerChoice(null, [$"{SourceKey} is none"]);
        }

        if (setting.Allows(ServerSource.Connection))
        {
            if (context.Configuration[$"ConnectionStrings:{resource.Name}"] is { Length: > 0 } connectionString)
            {
                return ServerChoice.Of(UseConnection(resource, connectionString));
            }

            reasons.Add($"no connection string (ConnectionStrings:{resource.Name})");
        }

        if (setting.Allows(ServerSource.Container))
        {
            var (plan, reason) = await TryContainerAsync(resource, context, cancellationToken);
            if (plan is not null)
            {
                return ServerChoice.Of(plan);
            }

            reasons.Add(reason!);
        }

        if (setting.Allows(ServerSource.Installed))
        {
            var (installation, reason) = RabbitMQInstallation.Find();
            if (installation is not null)
            {
                var server = new RabbitMQServer(resource, installation, context);
                return ServerChoice.Of(new ServerPlan { Description = "RabbitMQ (installed)", Processes = server.Processes });
            }

            reasons.Add(reason!);
        }

        return new ServerChoice(null, reasons);
    }

    private static ServerPlan UseConnection(RabbitMQServerResource resource, string connectionString)
    {
        if (!Uri.TryCreate(connectionString, UriKind.Absolute, out var uri) || uri.Scheme is not ("amqp" or "amqps"))
        {
            throw new DistributedApplicationException(
                $"ConnectionStrings:{resource.Name} is not an AMQP URI, such as amqp://user:password@host:5672."
            );
        }

        var (user, password) = uri.UserInfo.Split(':', 2) is [var u, var p] ? (u, p) : (uri.UserInfo, "");
        resource.Annotations.Add(new ConnectionStringOverrideAnnotation(connectionString));
        resource.UserNameParameter = new ParameterResource($"{resource.Name}-username", _ => Uri.UnescapeDataString(user));
        resource.PasswordParameter = new ParameterResource(
            $"{resource.Name}-password",
            _ => Uri.UnescapeDataString(password),
            secret: true
        );
        var endpoint = resource.PrimaryEndpoint.EndpointAnnotation;
        var port =
            uri.Port > 0 ? uri.Port
            : uri.Scheme == "amqps" ? 5671
            : 5672;
        endpoint.AllocatedEndpoint = new AllocatedEndpoint(endpoint, uri.Host, port);
        return new ServerPlan { Description = $"RabbitMQ at {uri.Host}:{port}", ConnectionString = connectionString };
    }

    private static async Task<(ServerPlan? Plan, string? Reason)> TryContainerAsync(
        RabbitMQServerResource resource,
        ServerContext context,
        CancellationToken cancellationToken
    )
    {
        if (await ContainerEngine.FindAsync(cancellationToken) is not { } engine)
        {
            return (null, "no container engine that answers");
        }

        var image = resource.Annotations.OfType<ContainerImageAnnotation>().Last().Reference;
        if (await engine.PullAsync(image, cancellationToken) is { } problem)
        {
            return (null, problem);
        }

        var name = context.Data.ContainerName(resource.Name);
        var process = new ManagedProcess
        {
            Name = resource.Name,
            Prepare = async token =>
                await engine.PrepareAsync(
                    resource,
                    name,
                    resource.PrimaryEndpoint,
                    await EnvironmentEvaluator.GetVariablesAsync(resource, new(DistributedApplicationOperation.Run), token),
                    UnixSignal.Terminate,
                    token
                ),
            ShowsOutput = context.Verbose,
            StopStage = 1,
        };
        return (new ServerPlan { Description = $"RabbitMQ in {engine.Name} ({image})", Processes = [process] }, null);
    }
}
