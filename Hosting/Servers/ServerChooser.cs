using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Processes;
using Aspire.Hosting.Run;

namespace Aspire.Hosting.Servers;

/// <summary>
/// Decides where a server comes from: a connection string, a container engine, this machine; in this order, except that the place which keeps the
/// data of earlier runs comes first. Another server having appeared since must not make yesterday's data disappear.
/// </summary>
internal abstract class ServerChooser<T>(T resource, ServerContext context)
    where T : ContainerResource
{
    protected T Resource { get; } = resource;

    protected ServerContext Context { get; } = context;

    /// <summary>The server's name for people.</summary>
    protected abstract string Title { get; }

    /// <summary>The setting that restricts the choice, and what it may say.</summary>
    protected abstract string SourceKey { get; }

    protected abstract IReadOnlyList<ServerSource> Sources { get; }

    protected abstract EndpointReference Endpoint { get; }

    protected abstract UnixSignal StopSignal { get; }

    /// <summary>Whether a server of this machine has data here.</summary>
    protected abstract bool HasLocalData { get; }

    /// <summary>Whether the run may go on with an empty server where the one that has the data cannot be had.</summary>
    protected abstract bool MayStartEmpty { get; }

    public async Task<ServerChoice> ChooseAsync(CancellationToken cancellationToken)
    {
        var setting = ServerSources.Read(Context.Configuration, SourceKey, Sources);
        var reasons = new List<string>();
        if (setting == ServerSource.None)
        {
            return new ServerChoice(null, [$"{SourceKey} is none"]) { IsUnwanted = true };
        }

        if (setting.Allows(ServerSource.Connection))
        {
            if (Context.Configuration[$"ConnectionStrings:{Resource.Name}"] is { Length: > 0 } connectionString)
            {
                return ServerChoice.Of(UseConnection(connectionString));
            }

            reasons.Add($"no connection string (ConnectionStrings:{Resource.Name})");
        }

        var keeper = setting == ServerSource.Auto ? FindKeeper() : null;
        bool[] containerFirst = keeper == ServerSource.Installed ? [false, true] : [true, false];
        foreach (var container in containerFirst)
        {
            var plan = container
                ? await TryContainerAsync(setting, reasons, cancellationToken)
                : await TryLocalAsync(setting, reasons, cancellationToken);
            if (plan is not null)
            {
                return ServerChoice.Of(plan);
            }

            if (keeper is not null && !MayStartEmpty)
            {
                throw new DistributedApplicationException(
                    $"The data of '{Resource.Name}' is kept by a server that cannot be had now: {reasons[^1]}. Bring that server back, choose another one, with data of its own, by --{SourceKey}, or delete all data with --fresh."
                );
            }
        }

        return new ServerChoice(null, reasons);
    }

    /// <summary>Takes the address that was given.</summary>
    protected abstract ServerPlan UseConnection(string connectionString);

    /// <summary>Looks for a server on this machine; null, and the reasons added, where there is none.</summary>
    protected abstract Task<ServerPlan?> TryLocalAsync(ServerSource setting, List<string> reasons, CancellationToken cancellationToken);

    // Says, in the data folder, that a container's volume holds this server's data.
    private string VolumeNote => Context.Data.Combine($"{Resource.Name}.container");

    private ServerSource? FindKeeper() =>
        File.Exists(VolumeNote) ? ServerSource.Container
        : HasLocalData ? ServerSource.Installed
        : null;

    private async Task<ServerPlan?> TryContainerAsync(ServerSource setting, List<string> reasons, CancellationToken cancellationToken)
    {
        if (!setting.Allows(ServerSource.Container))
        {
            return null;
        }

        if (await Context.FindEngine(cancellationToken) is not { } engine)
        {
            reasons.Add("no container engine that answers");
            return null;
        }

        var image = Resource.Annotations.OfType<ContainerImageAnnotation>().Last().Reference;
        if (await engine.PullAsync(image, cancellationToken) is { } problem)
        {
            reasons.Add(problem);
            return null;
        }

        var name = Context.Data.ContainerName(Resource.Name);
        if (Context.Fresh)
        {
            await engine.RemoveAsync(name, withVolume: true, cancellationToken);
        }

        if (!Context.Throwaway)
        {
            await File.WriteAllTextAsync(VolumeNote, ContainerEngine.VolumeName(name) + "\n", cancellationToken);
        }

        var process = new ManagedProcess
        {
            Name = Resource.Name,
            Prepare = async token =>
                await engine.PrepareAsync(
                    Resource,
                    name,
                    Endpoint,
                    await EnvironmentEvaluator.GetVariablesAsync(Resource, new(DistributedApplicationOperation.Run), token),
                    StopSignal,
                    keepsData: !Context.Throwaway,
                    token
                ),
            // Where the engine's program had to be killed, its container runs on.
            CleanUp = () => engine.RemoveAsync(name, withVolume: false, CancellationToken.None),
            ShowsOutput = Context.Verbose,
            StopStage = 1,
        };
        return new ServerPlan { Description = $"{Title} in {engine.Name} ({image})", Processes = [process] };
    }
}
