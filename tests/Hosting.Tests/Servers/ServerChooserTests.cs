using System.Runtime.Versioning;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Processes;
using Aspire.Hosting.Run;
using Aspire.Hosting.Servers;
using Aspire.Hosting.Servers.Postgres;
using Aspire.Hosting.Servers.RabbitMQ;
using Microsoft.Extensions.Configuration;
using Slipway.Hosting.Tests.Fixtures;
using Slipway.Testing;

namespace Slipway.Hosting.Tests.Servers;

/// <summary>Which server is taken, with a container engine that is a script and writes down what it is asked.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ServerChooserTests : IAsyncLifetime, IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly DataFolder _data;
    private readonly IDistributedApplicationBuilder _builder = Models.Builder();

    public ServerChooserTests() => _data = DataFolder.Open(_folder.Combine("data"));

    private string Calls => File.ReadAllText(_folder.Combine("calls"));

    private string Script => _folder.Combine("docker");

    // By another process: a file that this one has open for writing cannot be run by a process that another test starts in that moment.
    public Task InitializeAsync() =>
        Command.RunAsync(
            "/bin/sh",
            ["-c", "printf '#!/bin/sh\\necho \"$@\" >>%s\\n' \"$1\" >\"$0\" && chmod 700 \"$0\"", Script, _folder.Combine("calls")],
            TimeSpan.FromSeconds(10),
            "/",
            default
        );

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose()
    {
        _data.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Choose_Engine_ComesFirstAndIsRemembered()
    {
        Assert.StartsWith("PostgreSQL in docker", await ChoosePostgresAsync(engine: true), StringComparison.Ordinal);

        var error = await Assert.ThrowsAsync<DistributedApplicationException>(() => ChoosePostgresAsync(engine: false));

        Assert.Contains("no container engine that answers", error.Message, StringComparison.Ordinal);
        Assert.Contains("--Hosting:PostgresSource", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Choose_DataOfALocalServer_IsNotLeftForTheEngine()
    {
        var installed = await ChoosePostgresAsync(engine: false);
        var major = installed.Split(' ')[1].Split('.')[0];
        Directory.CreateDirectory(_data.Combine($"postgres-{major}", "data"));
        Assert.Equal(installed, await ChoosePostgresAsync(engine: true));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Choose_DataOfAVersionThatIsNotHere_SaysSoInsteadOfStartingEmpty(bool engine)
    {
        Directory.CreateDirectory(_data.Combine("postgres-99", "data"));

        var error = await Assert.ThrowsAsync<DistributedApplicationException>(() => ChoosePostgresAsync(engine));

        Assert.Contains("no PostgreSQL 99", error.Message, StringComparison.Ordinal);
        Assert.Contains("--fresh", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Choose_SourceGiven_LeavesOtherDataAloneAndSaysSo()
    {
        Directory.CreateDirectory(_data.Combine("postgres-99", "data"));
        using var output = new StringWriter();
        await ChoosePostgresAsync(engine: false, "installed", output);
        Assert.Contains("PostgreSQL 99", output.ToString(), StringComparison.Ordinal);
        Assert.True(Directory.Exists(_data.Combine("postgres-99", "data")));
    }

    [Fact]
    public async Task Choose_BrokersDataElsewhere_StartsEmptyRatherThanNotAtAll()
    {
        await File.WriteAllTextAsync(_data.Combine("rabbitmq.container"), "");
        var choice = await new RabbitMQChooser(_builder.AddRabbitMQ("rabbitmq").Resource, Context(engine: false)).ChooseAsync(default);
        Assert.Equal("RabbitMQ (installed)", choice.Plan?.Description);
    }

    [Fact]
    public async Task Prepare_Container_KeepsDataInAVolumeAndPasswordsOffTheCommandLine()
    {
        var spec = await PrepareAsync(Context(engine: true));
        Assert.Contains($"{_data.ContainerName("postgres")}-data:/var/lib/postgresql", spec.Arguments);
        var password = spec.Environment["POSTGRES_PASSWORD"]!;
        Assert.DoesNotContain(spec.Arguments, a => a.Contains(password, StringComparison.Ordinal));
        Assert.DoesNotContain("volume rm", Calls, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prepare_Throwaway_LeavesNoVolume()
    {
        var spec = await PrepareAsync(Context(engine: true) with { Throwaway = true });
        Assert.DoesNotContain("--volume", spec.Arguments);
        Assert.False(File.Exists(_data.Combine("postgres.container")));
    }

    [Fact]
    public async Task Choose_Fresh_RemovesTheVolume()
    {
        await new PostgresChooser(Postgres(), Context(engine: true) with { Fresh = true }).ChooseAsync(default);
        Assert.Contains($"volume rm --force {_data.ContainerName("postgres")}-data\n", Calls, StringComparison.Ordinal);
    }

    private PostgresServerResource Postgres()
    {
        var existing = _builder.Resources.OfType<PostgresServerResource>().SingleOrDefault();
        return existing ?? _builder.AddPostgres("postgres").WithDataVolume().Resource;
    }

    private async Task<ProcessSpec> PrepareAsync(ServerContext context)
    {
        _builder.Configuration["Parameters:postgres-password"] = "s3cret-word";
        var postgres = Postgres();
        Models.Allocate(postgres, "tcp", 5432);
        var choice = await new PostgresChooser(postgres, context).ChooseAsync(default);
        return await choice.Plan!.Processes.Single().Prepare(default);
    }

    private async Task<string> ChoosePostgresAsync(bool engine, string source = "auto", StringWriter? output = null)
    {
        var choice = await new PostgresChooser(Postgres(), Context(engine, source, output)).ChooseAsync(default);
        return choice.Plan?.Description ?? string.Join(", ", choice.Reasons);
    }

    private ServerContext Context(bool engine, string source = "auto", StringWriter? output = null)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("Hosting:PostgresSource", source), new("Hosting:RabbitMQSource", "auto")])
            .Build();
        return new ServerContext
        {
            Configuration = configuration,
            Data = _data,
            ServerRoot = _data.Path,
            Account = null,
            Ports = new PortAllocator(configuration, dynamic: true),
            Output = new ConsoleOutput(output ?? new StringWriter(), color: false),
            AppHostDirectory = AppContext.BaseDirectory,
            Clock = TimeProvider.System,
            FindEngine = _ => Task.FromResult(engine ? new ContainerEngine(Script) : null),
        };
    }
}
