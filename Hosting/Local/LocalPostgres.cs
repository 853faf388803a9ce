using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Processes;
using Aspire.Hosting.Run;
using Aspire.Hosting.Secrets;
using Aspire.Hosting.Servers;
using Aspire.Hosting.Servers.Postgres;
using Aspire.Hosting.State;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace Aspire.Hosting.Local;

/// <summary>
/// A PostgreSQL server for one program alone: found on this machine or in <c>node_modules</c>, on a free port of the loopback address, started again when it
/// ends, and gone when the program is, however that ends. Its data folder is laid out as AppHost's, and locked by one program at a time.
/// </summary>
public sealed class LocalPostgres : IAsyncDisposable
{
    private const string ResourceName = "postgres";
    internal const string PasswordKey = "Parameters:postgres-password";
    private const string SecretsFile = "secrets.json";
    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(15);
    private readonly LocalPostgresOptions _options;
    private readonly DataFolder _data;
    private readonly ProcessGuard _guard;
    private readonly Supervisor _supervisor;
    private readonly RunEnvironment _run;
    private readonly NpgsqlConnectionStringBuilder _address;

    private LocalPostgres(
        LocalPostgresOptions options,
        DataFolder data,
        ProcessGuard guard,
        Supervisor supervisor,
        RunEnvironment run,
        NpgsqlConnectionStringBuilder address
    )
    {
        _options = options;
        _data = data;
        _guard = guard;
        _supervisor = supervisor;
        _run = run;
        _address = address;
    }

    /// <summary>The folder that holds the server's data, and may hold the program's too.</summary>
    public string DataPath => _data.Path;

    /// <summary>The address of the program's database; it answers once <see cref="WaitUntilReadyAsync"/> has returned.</summary>
    public string ConnectionString => AddressOf(_options.DatabaseName);

    /// <summary>Starts the server and does not wait until it answers.</summary>
    public static async Task<LocalPostgres> StartAsync(LocalPostgresOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var clock = TimeProvider.System;
        var data = options.DataPath is { } path ? DataFolder.Open(Path.GetFullPath(path)) : DataFolder.OpenThrowaway();
        try
        {
            var output = ConsoleOutput.ForTerminal();
            var ledger = new ProcessLedger(data.LedgerPath);
            foreach (var stopped in await ledger.SweepAsync(clock, cancellationToken))
            {
                output.WriteLine($"Stopped {stopped}, left over from an earlier run.");
            }

            var configuration = new ConfigurationBuilder().Build();
            var account = ServerAccount.ForThisProcess();
            var context = new ServerContext
            {
                Configuration = configuration,
                Data = data,
                ServerRoot = await data.GetServerRootAsync(account, cancellationToken),
                Account = account,
                Ports = new PortAllocator(configuration, dynamic: true),
                Output = output,
                AppHostDirectory = options.ProgramFolder,
                Clock = clock,
                Throwaway = options.Throwaway || options.DataPath is null,
            };
            var secrets = new SecretStore(data.Combine(SecretsFile));
            var (resource, port) = Describe(secrets, context.Ports);
            var (plan, installation) = await new PostgresChooser(resource, context).ChooseLocalAsync(cancellationToken);
            await PostgresTemplate.UseAsync(options, installation, context, secrets, cancellationToken);

            var board = new ResourceBoard();
            board.Add(new ResourceSnapshot { Name = ResourceName, Type = ResourceName });
            var run = new RunEnvironment(board, output, ProcessGuard.Start(), ledger, clock);
            var supervisor = new Supervisor(plan.Processes[0], run);
            supervisor.Start();
            var address = new NpgsqlConnectionStringBuilder
            {
                Host = "127.0.0.1",
                Port = port,
                Username = "postgres",
                Password = resource.PasswordParameter.Value,
            };
            return new LocalPostgres(options, data, run.Guard, supervisor, run, address);
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    /// <summary>Waits until the server answers, and creates the database where it is missing.</summary>
    public async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        var started = _run.Clock.GetTimestamp();
        while (!await TryCreateDatabaseAsync(cancellationToken))
        {
            var state = _run.Board.Find(ResourceName)!;
            if (
                state.Restarts > 0
                || state.State is ResourceStates.FailedToStart or ResourceStates.Exited
                || _run.Clock.GetElapsedTime(started) > s_startLimit
            )
            {
                throw new DistributedApplicationException(
                    $"PostgreSQL did not start on {_data.Path}: {state.HealthDetail ?? LastLines() ?? "it does not answer"}"
                );
            }

            await Task.Delay(s_poll, _run.Clock, cancellationToken);
        }
    }

    /// <summary>Stops the server, and deletes the data folder where it was this object's own.</summary>
    public async ValueTask DisposeAsync()
    {
        await _supervisor.StopAsync(CancellationToken.None);
        _supervisor.Dispose();
        await _guard.DisposeAsync();
        _data.Dispose();
    }

    private static (PostgresServerResource Resource, int Port) Describe(SecretStore secrets, PortAllocator ports)
    {
        var generated = new GenerateParameterDefault { Special = false };
        var password = new ParameterResource(
            ResourceName + "-password",
            _ => secrets.GetOrAdd(PasswordKey, generated.GetDefaultValue),
            secret: true
        );
        var resource = new PostgresServerResource(ResourceName, null, password);
        var endpoint = new EndpointAnnotation(ProtocolType.Tcp, name: PostgresServerResource.PrimaryEndpointName);
        var port = ports.Free(ResourceName);
        endpoint.AllocatedEndpoint = new AllocatedEndpoint(endpoint, "127.0.0.1", port);
        resource.Annotations.Add(endpoint);
        return (resource, port);
    }

    private async Task<bool> TryCreateDatabaseAsync(CancellationToken cancellationToken)
    {
        try
        {
            await PostgresDatabases.CreateOnceAsync(AddressOf("postgres", pooling: false), _options.DatabaseName, cancellationToken);
            return true;
        }
        catch (Exception exception)
            when (exception is SocketException or TimeoutException
                || exception is NpgsqlException { SqlState: null or PostgresErrorCodes.CannotConnectNow }
            )
        {
            return false;
        }
        catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.InvalidPassword)
        {
            throw new DistributedApplicationException(
                $"PostgreSQL refuses the password in {_data.Combine(SecretsFile)}: that file is not the one that belongs to the data in {_data.Path}.",
                exception
            );
        }
    }

    private string? LastLines()
    {
        var lines = _run.Board.Log(ResourceName).Tail(10).Select(line => line.Text).ToList();
        return lines.Count == 0 ? null : string.Join(Environment.NewLine, lines);
    }

    private string AddressOf(string database, bool pooling = true) =>
        new NpgsqlConnectionStringBuilder(_address.ConnectionString) { Database = database, Pooling = pooling }.ConnectionString;
}
