using Npgsql;
using Slipway.Registry.Api.Tests.Support;
using Slipway.Testing;

namespace Slipway.Registry.Api.Tests.Concurrency;

/// <summary>A rush of writers on one model takes its turn without taking the connections of everybody else.</summary>
public sealed class ModelWritersTests : IAsyncLifetime
{
    private const int Writers = 100;
    private const string Waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%registered_models%'";

    private RegistryHost _host = null!;

    public async Task InitializeAsync() => _host = await RegistryHost.StartAsync(("Registry:Database:MaxConnections", "6"));

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Writers_OfOneLockedModel_LeaveTheOthersServedAndAllSucceed()
    {
        await _host.Mlflow.EnsureRegisteredModelAsync("rush");
        await _host.Mlflow.EnsureRegisteredModelAsync("other");
        await using var source = NpgsqlDataSource.Create(_host.ConnectionString);
        await using var holder = await source.OpenConnectionAsync();
        await using var transaction = await holder.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand("SELECT 1 FROM registered_models WHERE name = 'rush' FOR UPDATE", holder))
        {
            await command.ExecuteNonQueryAsync();
        }

        var writers = Enumerable
            .Range(0, Writers)
            .Select(i => _host.PostAsync("registered-models/set-tag", $$"""{"name":"rush","key":"k{{i}}","value":"v"}"""))
            .ToList();
        await Eventually.TrueAsync(async () => await _host.CountAsync(Waiting) > 0);
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(200, (await _host.GetAsync("registered-models/get?name=other")).Status);
            Assert.Equal(200, (await _host.PostAsync("registered-models/set-tag", """{"name":"other","key":"k","value":"v"}""")).Status);
        }
        Assert.Equal(1, await _host.CountAsync(Waiting));
        await transaction.RollbackAsync();

        Assert.All(await Task.WhenAll(writers), answer => Assert.Equal(200, answer.Status));
        var (_, body) = await _host.GetAsync("registered-models/get?name=rush");
        Assert.Equal(Writers, body["registered_model"]!["tags"]!.AsArray().Count);
    }
}
