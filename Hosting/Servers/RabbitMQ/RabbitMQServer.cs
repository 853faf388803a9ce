using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Processes;
using Aspire.Hosting.Run;
using Aspire.Hosting.Secrets;

namespace Aspire.Hosting.Servers.RabbitMQ;

/// <summary>Runs a private RabbitMQ node, with an Erlang port mapper of its own: the one that the node would start by itself stays behind.</summary>
internal sealed class RabbitMQServer
{
    // The node's name is part of the path of its data: it must not change with the port.
    private const string NodeName = "slipway@localhost";
    private const string FolderName = "rabbitmq";
    private readonly RabbitMQServerResource _resource;
    private readonly RabbitMQInstallation _installation;
    private readonly ServerContext _context;
    private readonly int _mapperPort;
    private readonly int _distributionPort;

    public RabbitMQServer(RabbitMQServerResource resource, RabbitMQInstallation installation, ServerContext context)
    {
        _resource = resource;
        _installation = installation;
        _context = context;
        _mapperPort = context.Ports.Free($"{resource.Name} (port mapper)");
        _distributionPort = context.Ports.Free($"{resource.Name} (distribution)");
        Processes =
        [
            new ManagedProcess
            {
                Name = $"{resource.Name}-epmd",
                Prepare = PrepareMapperAsync,
                ShowsOutput = context.Verbose,
                StopStage = 2,
            },
            new ManagedProcess
            {
                Name = resource.Name,
                Prepare = PrepareServerAsync,
                ShowsOutput = context.Verbose,
                StopStage = 1,
            },
        ];
    }

    public static bool HasData(ServerContext context) => Directory.Exists(Path.Combine(context.ServerRoot, FolderName, "data"));

    /// <summary>The port mapper, and the server.</summary>
    public IReadOnlyList<ManagedProcess> Processes { get; }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    // It writes nothing, so it gets no folder: making it would race with the server, which fills its own at the same time.
    private Task<ProcessSpec> PrepareMapperAsync(CancellationToken cancellationToken) =>
        Task.FromResult(
            new ProcessSpec
            {
                FileName = _installation.EpmdProgram,
                Arguments = ["-port", Text(_mapperPort), "-address", "127.0.0.1"],
                WorkingDirectory = _context.ServerRoot,
                StopTimeout = TimeSpan.FromSeconds(5),
                RunAs = _context.Account,
            }
        );

    private async Task<ProcessSpec> PrepareServerAsync(CancellationToken cancellationToken)
    {
        var folder = Path.Combine(_context.ServerRoot, FolderName);
        Directory.CreateDirectory(folder);
        await WriteConfigurationAsync(folder, cancellationToken);
        await _context.CreateFolderAsync(FolderName, cancellationToken);
        await WaitForMapperAsync(cancellationToken);
        string In(string name) => Path.Combine(folder, name);
        return new ProcessSpec
        {
            FileName = _installation.ServerProgram,
            WorkingDirectory = folder,
            StopTimeout = TimeSpan.FromSeconds(30),
            RunAs = _context.Account,
            Environment = new Dictionary<string, string?>
            {
                ["HOME"] = folder,
                ["LC_ALL"] = "C.UTF-8",
                ["RABBITMQ_NODENAME"] = NodeName,
                ["RABBITMQ_DIST_PORT"] = Text(_distributionPort),
                ["ERL_EPMD_PORT"] = Text(_mapperPort),
                ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
                ["RABBITMQ_CONF_ENV_FILE"] = In("rabbitmq-env.conf"),
                ["RABBITMQ_CONFIG_FILE"] = In("rabbitmq"),
                ["RABBITMQ_MNESIA_BASE"] = In("data"),
                ["RABBITMQ_LOG_BASE"] = In("log"),
                ["RABBITMQ_LOGS"] = "-",
                ["RABBITMQ_ENABLED_PLUGINS_FILE"] = In("enabled_plugins"),
                ["RABBITMQ_FEATURE_FLAGS_FILE"] = In("feature_flags"),
                ["RABBITMQ_GENERATED_CONFIG_DIR"] = In("config"),
                ["RABBITMQ_SCHEMA_DIR"] = In("schema"),
                ["RABBITMQ_PID_FILE"] = In("pid"),
                // Makes the script become the server, so that a signal reaches it.
                ["RUNNING_UNDER_SYSTEMD"] = "true",
                ["NOTIFY_SOCKET"] = null,
                ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1} +B i",
            },
        };
    }

    // Without a mapper that answers, the node starts one that nobody stops.
    private async Task WaitForMapperAsync(CancellationToken cancellationToken)
    {
        var started = _context.Clock.GetTimestamp();
        while (!await AnswersAsync(_mapperPort, cancellationToken))
        {
            if (_context.Clock.GetElapsedTime(started) > TimeSpan.FromSeconds(15))
            {
                throw new DistributedApplicationException("Erlang's port mapper (epmd) does not start.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), _context.Clock, cancellationToken);
        }
    }

    // By connecting: trying to listen would take the port from the mapper in the very moment when it wants it.
    private static async Task<bool> AnswersAsync(int port, CancellationToken cancellationToken)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private async Task WriteConfigurationAsync(string folder, CancellationToken cancellationToken)
    {
        var user = await _resource.UserNameReference.GetValueAsync(cancellationToken);
        var password = await _resource.PasswordParameter.GetValueAsync(cancellationToken);
        // Each is made anew: the folder is another account's, which may have put a link in its place.
        PrivateFile.Create(Path.Combine(folder, "rabbitmq-env.conf")).Dispose();
        await using (var plugins = new StreamWriter(PrivateFile.Create(Path.Combine(folder, "enabled_plugins"))))
        {
            await plugins.WriteAsync("[].\n");
        }

        await using var writer = new StreamWriter(PrivateFile.Create(Path.Combine(folder, "rabbitmq.conf")));
        await writer.WriteAsync(
            $"""
            listeners.tcp.local = 127.0.0.1:{_resource.PrimaryEndpoint.Port}
            default_user = {user}
            default_pass = {password}
            loopback_users = none
            log.console = true
            log.file = false
            disk_free_limit.absolute = 50MB

            """
        );
    }
}
