using System.Diagnostics;
using System.Text.RegularExpressions;
using Slipway.Contracts.Training;
using Slipway.Testing;

namespace Slipway.Training.Worker.Tests.Support;

/// <summary>A database and a registry for one test, with a dataset that any job can read.</summary>
public abstract partial class JobFixture : IAsyncLifetime
{
    private TestDatabase? _database;
    private FakeRegistry? _registry;

    private protected TestDatabase Database => _database!;

    private protected FakeRegistry Registry => _registry!;

    public async Task InitializeAsync()
    {
        _database = await TestPostgres.CreateDatabaseAsync();
        _registry = await FakeRegistry.StartAsync();
        _registry.Artifacts["data/rows.csv"] = "a,b,y\n1,2,3\n"u8.ToArray();
    }

    public async Task DisposeAsync()
    {
        await _registry!.DisposeAsync();
        await _database!.DisposeAsync();
    }

    /// <summary>Starts the service, and waits until its database is migrated.</summary>
    private protected async Task<TrainingHost> StartAsync(params (string Key, string Value)[] settings)
    {
        var host = await TrainingHost.StartAsync(Database.ConnectionString, Registry.Url, settings);
        await host.MigratedAsync();
        return host;
    }

    [GeneratedRegex("^pid (\\d+)$")]
    private static partial Regex PidMessage();

    /// <summary>The process id of the job's training program, once it runs.</summary>
    private protected static async Task<int> ChildAsync(TrainingHost host, Guid id)
    {
        var pid = 0;
        await Eventually.TrueAsync(async () =>
            PidMessage().Match((await host.Client.FindAsync(id))?.Message ?? "") is { Success: true } match
            && int.TryParse(match.Groups[1].Value, out pid)
        );
        return pid;
    }

    private protected static bool IsRunning(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private protected static async Task<TrainingJob> RunAsync(TrainingHost host, TrainingJobRequest request) =>
        await host.EndedAsync((await host.Client.SubmitAsync(request)).Id);
}
