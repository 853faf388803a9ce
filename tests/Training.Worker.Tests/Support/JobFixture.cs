using Slipway.Testing;

namespace Slipway.Training.Worker.Tests.Support;

/// <summary>A database and a registry for one test, with a dataset that any job can read.</summary>
public abstract class JobFixture : IAsyncLifetime
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
}
