using System.Text;
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
        await using var holder = await HoldAsync("rush");

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
        await holder.DisposeAsync();

        Assert.All(await Task.WhenAll(writers), answer => Assert.Equal(200, answer.Status));
        var (_, body) = await _host.GetAsync("registered-models/get?name=rush");
        Assert.Equal(Writers, body["registered_model"]!["tags"]!.AsArray().Count);
    }

    [Fact]
    public async Task Writers_BeyondWhatMayWait_AreToldToComeBack()
    {
        await _host.Mlflow.EnsureRegisteredModelAsync("full");
        var holder = await HoldAsync("full");

        var writers = Enumerable.Range(0, 520).Select(i => SetTagAsync("full", i)).ToList();
        var first = await await Task.WhenAny(writers);
        await holder.DisposeAsync();

        Assert.Equal((503, true), first);
        var answers = await Task.WhenAll(writers);
        Assert.All(answers, answer => Assert.True(answer is (200, false) or (503, true), $"{answer}"));
        Assert.Equal(answers.Count(answer => answer.Status == 200), await _host.CountAsync("SELECT count(*) FROM registered_model_tags"));
    }

    private async Task<(int Status, bool SaysWhen)> SetTagAsync(string model, int i)
    {
        using var body = new StringContent($$"""{"name":"{{model}}","key":"k{{i}}","value":"v"}""", Encoding.UTF8, "application/json");
        using var response = await _host.Http.PostAsync(new Uri("api/2.0/mlflow/registered-models/set-tag", UriKind.Relative), body);
        return ((int)response.StatusCode, response.Headers.RetryAfter is not null);
    }

    /// <summary>Holds the model's row lock, as a writer in another process does, until it is disposed.</summary>
    private async Task<NpgsqlConnection> HoldAsync(string model)
    {
        var holder = new NpgsqlConnection(_host.ConnectionString);
        await holder.OpenAsync();
        await using var command = new NpgsqlCommand(
            "SELECT 1 FROM registered_models WHERE name = $1 FOR UPDATE",
            holder,
            await holder.BeginTransactionAsync()
        );
        command.Parameters.AddWithValue(model);
        await command.ExecuteNonQueryAsync();
        return holder;
    }
}
