using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Launch;
using Aspire.Hosting.Processes;
using Aspire.Hosting.Projects;
using Aspire.Hosting.ResourceService;
using Aspire.Hosting.Servers;
using Aspire.Hosting.Servers.Postgres;
using Aspire.Hosting.State;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Run;

/// <summary>One run of the application on this machine, from the lock on its data to the last process that stops.</summary>
internal sealed class ApplicationRun : IAsyncDisposable
{
    private static readonly TimeSpan s_progressInterval = TimeSpan.FromSeconds(15);
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Supervisor> _supervisors = [];
    private readonly List<Task> _background = [];
    private readonly LaunchOptions _launch;
    private readonly DataFolder _data;
    private readonly ProcessGuard _guard;
    private readonly RunEnvironment _run;
    private readonly HealthCheckService _checks;
    private ResourceServer? _resourceServer;

    private ApplicationRun(LaunchOptions launch, DataFolder data, ProcessGuard guard, RunEnvironment run, HealthCheckService checks)
    {
        _launch = launch;
        _data = data;
        _guard = guard;
        _run = run;
        _checks = checks;
    }

    public ResourceBoard Board => _run.Board;

    public RunMode Mode { get; private set; } = new(false, "");

    /// <summary>Where the resource list is served; null where only servers run.</summary>
    public string? ResourcesUrl { get; private set; }

    /// <summary>Completes when every resource is ready.</summary>
    public Task WaitUntilReadyAsync(CancellationToken cancellationToken) =>
        Board.WaitAsync(board => board.Snapshots.All(IsReadyOrDone), cancellationToken);

    /// <summary>Chooses servers, ports and mode, and starts everything; it does not wait until they are ready.</summary>
    public static async Task<ApplicationRun> StartAsync(
        IServiceProvider services,
        ConsoleOutput output,
        CancellationToken cancellationToken
    )
    {
        var launch = services.GetRequiredService<LaunchOptions>();
        var clock = services.GetRequiredService<TimeProvider>();
        var data = launch.ServicesOnly ? DataFolder.OpenThrowaway() : DataFolder.Open(launch.DataPath);
        ApplicationRun? run = null;
        try
        {
            var ledger = new ProcessLedger(data.LedgerPath);
            foreach (var stopped in await ledger.SweepAsync(clock, cancellationToken))
            {
                output.WriteLine($"Stopped {stopped}, left over from an earlier run.");
            }

            if (launch.Fresh && !launch.ServicesOnly)
            {
                data.Clear();
            }

            var guard = ProcessGuard.Start();
            var environment = new RunEnvironment(new ResourceBoard(), output, guard, ledger, clock);
            run = new ApplicationRun(launch, data, guard, environment, services.GetRequiredService<HealthCheckService>());
            await run.StartAsync(services, cancellationToken);
            return run;
        }
        catch
        {
            if (run is not null)
            {
                await run.DisposeAsync();
            }
            else
            {
                data.Dispose();
            }

            throw;
        }
    }

    /// <summary>Prints how far it has got until everything is ready, then the table.</summary>
    public async Task ReportAsync(CancellationToken cancellationToken)
    {
        var ready = WaitUntilReadyAsync(cancellationToken);
        while (await Task.WhenAny(ready, Task.Delay(s_progressInterval, _run.Clock, cancellationToken)) != ready)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _run.Output.WriteLine(ResourceTable.Progress(Board.Snapshots));
        }

        await ready;
        _run.Output.WriteLine(ResourceTable.Format(Board.Snapshots));
        if (!_launch.ServicesOnly)
        {
            _run.Output.WriteLine(ResourceTable.ReadyLine(Board.Snapshots, Mode));
        }
    }

    /// <summary>Stops everything in order: programs, then servers, then what servers need. The token cuts the waiting short.</summary>
    public async Task StopAsync(CancellationToken killNow)
    {
        foreach (var stage in _supervisors.GroupBy(s => s.Process.StopStage).OrderBy(g => g.Key))
        {
            await Task.WhenAll(stage.Select(s => s.StopAsync(killNow)));
        }

        await _stopping.CancelAsync();
        try
        {
            await Task.WhenAll(_background);
        }
        catch (OperationCanceledException)
        {
            // They end when they are told to.
        }

        _background.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        _supervisors.ForEach(s => s.Dispose());
        if (_resourceServer is not null)
        {
            await _resourceServer.DisposeAsync();
        }

        File.Delete(_data.InfoPath);
        await _guard.DisposeAsync();
        _data.Dispose();
        _stopping.Dispose();
    }

    private static bool IsReadyOrDone(ResourceSnapshot snapshot) => snapshot.IsReady || snapshot.State == ResourceStates.Finished;

    private async Task StartAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var model = services.GetRequiredService<DistributedApplicationModel>();
        var configuration = services.GetRequiredService<IConfiguration>();
        var appHost = services.GetRequiredService<AppHostInfo>();
        var ports = new PortAllocator(configuration, _launch.DynamicPorts || _launch.ServicesOnly);
        var account = ServerAccount.ForThisProcess();
        var context = new ServerContext
        {
            Configuration = configuration,
            Data = _data,
            ServerRoot = await _data.GetServerRootAsync(account, cancellationToken),
            Account = account,
            Ports = ports,
            Output = _run.Output,
            AppHostDirectory = appHost.Directory,
            Clock = _run.Clock,
            Throwaway = _launch.ServicesOnly,
            Fresh = _launch.Fresh,
            Verbose = _launch.Verbose,
        };
        var servers = await ServerSet.ChooseAsync(model, context, _launch.Mode != LaunchMode.Embedded, cancellationToken);
        if (!_launch.ServicesOnly)
        {
            ChooseMode(model, servers, appHost);
        }

        foreach (var (resource, plan) in servers.All.Where(s => _launch.Fresh && s.Plan.ConnectionString is not null))
        {
            _run.Output.WriteLine($"--fresh does not reach {plan.Description}: what '{resource.Name}' holds is still there.");
        }

        servers.MarkAbsent(model);
        var programs = _launch.ServicesOnly ? [] : model.Resources.Where(r => r is ProjectResource or ExecutableResource).ToList();
        AllocateEndpoints(servers, programs, ports);
        var resourcesPort = ports.Allocate("resources", "the resource list", null);
        ports.ThrowIfAnyProblem();
        if (!_launch.ServicesOnly)
        {
            _resourceServer = await ResourceServer.StartAsync(Board, resourcesPort, cancellationToken);
            ResourcesUrl = $"http://localhost:{resourcesPort}";
            WriteInfo();
        }

        AddServers(model, servers);
        AddPrograms(services, model, programs, appHost);
        StartAll(model);
    }

    private void ChooseMode(DistributedApplicationModel model, ServerSet servers, AppHostInfo appHost)
    {
        var broker = servers.RabbitMQ.Values.FirstOrDefault()?.Description;
        Mode = RunMode.Choose(
            _launch.Mode,
            model.Resources.OfType<RabbitMQServerResource>().Any(),
            broker,
            servers.NoBrokerReasons,
            appHost.EmbeddedHostProject is not null
        );
        var how = Mode.Embedded ? "all services in one process" : "one process for each service";
        var database = servers.Postgres.Values.FirstOrDefault()?.Description;
        _run.Output.WriteLine($"Mode: {Mode.Name} ({how}; {Mode.Reason}).{(database is null ? "" : $" {database}.")} Data: {_data.Path}");
    }

    private static void AllocateEndpoints(ServerSet servers, IReadOnlyList<IResource> programs, PortAllocator ports)
    {
        var started = servers.All.Where(s => s.Plan.ConnectionString is null).Select(s => (IResource)s.Resource);
        foreach (var resource in started.Concat(programs))
        {
            var first = true;
            foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>().ToList())
            {
                var key = first ? resource.Name : $"{resource.Name}-{endpoint.Name}";
                var port = ports.Allocate(
                    key,
                    $"{resource.Name} ({endpoint.Name})",
                    endpoint.Port ?? (endpoint.IsProxied ? null : endpoint.TargetPort)
                );
                endpoint.AllocatedEndpoint = new AllocatedEndpoint(endpoint, endpoint.TargetHost, port);
                first = false;
            }
        }
    }

    private void AddServers(DistributedApplicationModel model, ServerSet servers)
    {
        foreach (var (resource, plan) in servers.All)
        {
            var type = resource is PostgresServerResource ? "postgres" : "rabbitmq";
            var snapshot = new ResourceSnapshot
            {
                Name = resource.Name,
                Type = type,
                Source = plan.Description,
                Urls = Urls(resource),
            };
            if (plan.ConnectionString is not null)
            {
                // Somebody else runs it: it is up as far as we know, and its health check tells the rest.
                snapshot = snapshot with
                {
                    State = ResourceStates.Running,
                };
            }

            Board.Add(snapshot);
            foreach (var process in plan.Processes)
            {
                if (process.Name != resource.Name)
                {
                    Board.Add(
                        new ResourceSnapshot
                        {
                            Name = process.Name,
                            Type = "process",
                            Hidden = true,
                        }
                    );
                }

                _supervisors.Add(new Supervisor(process, _run));
            }
        }

        // Where only servers run, for tests, these make databases of their own.
        foreach (var server in _launch.ServicesOnly ? [] : servers.Postgres.Keys)
        {
            var databases = model.Resources.OfType<PostgresDatabaseResource>().Where(d => d.Parent == server).ToList();
            databases.ForEach(d =>
                Board.Add(
                    new ResourceSnapshot
                    {
                        Name = d.Name,
                        Type = "database",
                        Source = $"database {d.DatabaseName}",
                    }
                )
            );
            _background.Add(new PostgresDatabases(server, databases, _run).RunAsync(_stopping.Token));
        }
    }

    private void AddPrograms(
        IServiceProvider services,
        DistributedApplicationModel model,
        IReadOnlyList<IResource> programs,
        AppHostInfo appHost
    )
    {
        var execution = services.GetRequiredService<DistributedApplicationExecutionContext>();
        var configuration = services.GetRequiredService<IConfiguration>();
        var absent = model.Resources.Where(r => r.Annotations.OfType<AbsentAnnotation>().Any()).Select(r => r.Name).ToList();
        var projectProcess = new ProjectProcess(new ProjectVariables(execution, configuration, _data.Path, ResourcesUrl, absent));
        var projects = programs.OfType<ProjectResource>().ToList();
        string? name = null;
        if (Mode.Embedded && projects.Count > 0)
        {
            var host = appHost.EmbeddedHostProject!;
            name = Path.GetFileNameWithoutExtension(host).ToLowerInvariant();
            Board.Add(
                new ResourceSnapshot
                {
                    Name = name,
                    Type = "process",
                    Source = "all services in one process",
                }
            );
            _supervisors.Add(new Supervisor(projectProcess.ForEmbedded(name, host, projects), _run));
            projects.ForEach(p => Board.ShareLog(p.Name, name));
        }

        foreach (var resource in programs)
        {
            Board.Add(
                new ResourceSnapshot
                {
                    Name = resource.Name,
                    Type = resource is ProjectResource ? "project" : "executable",
                    Source = resource is ExecutableResource e
                        ? e.Command
                        : Path.GetFileName(resource.Annotations.OfType<IProjectMetadata>().Last().ProjectPath),
                    Urls = Urls(resource),
                    Host = resource is ProjectResource ? name : null,
                }
            );
            if (resource.Annotations.OfType<ReplicaAnnotation>().LastOrDefault() is { Replicas: > 1 and var replicas })
            {
                _run.Output.WriteLine($"{resource.Name} runs once here; its {replicas} replicas are for a cluster.");
            }

            if (resource is ExecutableResource executable)
            {
                _supervisors.Add(new Supervisor(ExecutableProcess.For(executable, model, execution), _run));
            }
            else if (resource is ProjectResource project && !Mode.Embedded)
            {
                _supervisors.Add(new Supervisor(projectProcess.For(project), _run));
            }
        }
    }

    private void StartAll(DistributedApplicationModel model)
    {
        foreach (var snapshot in Board.Snapshots)
        {
            var resource = model.Resources.FirstOrDefault(r => r.Name == snapshot.Name);
            var keys = resource?.Annotations.OfType<HealthCheckAnnotation>().Select(a => a.Key).ToHashSet() ?? [];
            _background.Add(new HealthMonitor(snapshot.Name, keys, _checks, Board, _run.Clock).RunAsync(_stopping.Token));
        }

        _supervisors.ForEach(s => s.Start());
    }

    private void WriteInfo()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_data.InfoPath)!);
        var document = new AppHostDocument(Environment.ProcessId, Mode.Name, ResourcesUrl!);
        // Whoever waits for the file must not see half of it.
        File.WriteAllText(_data.InfoPath + ".new", JsonSerializer.Serialize(document, ResourceJsonContext.Default.AppHostDocument));
        File.Move(_data.InfoPath + ".new", _data.InfoPath, overwrite: true);
    }

    private static List<string> Urls(IResource resource) =>
        [.. resource.Annotations.OfType<EndpointAnnotation>().Select(e => e.AllocatedEndpoint?.UriString).OfType<string>()];
}
