using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Promotions;
using Slipway.Registry.Api.Tests.Support;
using Slipway.Testing;

namespace Slipway.Registry.Api.Tests.Promotions;

/// <summary>Decisions under the clock, under a crowd, and across a restart.</summary>
public sealed class DecisionTests(RegistryFixture fixture) : IClassFixture<RegistryFixture>
{
    private readonly RegistryHost _host = fixture.Host;

    [Fact]
    public async Task Expiry_AfterItsHours_ClosesWhatNobodyDecided()
    {
        await PrepareAsync("late", versions: 1);
        await _host.Registry.PutPolicyAsync(
            "late",
            new EnvironmentPolicy
            {
                Name = "production",
                Approvals = 1,
                ExpiryHours = 1,
            }
        );
        var asked = await AskAsync("late", 1);
        await ReachAsync(_host, asked.Id, "awaiting_approval");
        var clock = new ManualClock(asked.CreatedAt.AddMinutes(59));
        var decider = ActivatorUtilities.CreateInstance<PromotionDecider>(_host.Services, clock);
        using var worker = ActivatorUtilities.CreateInstance<PromotionWorker>(_host.Services, clock, decider);

        await worker.RunOnceAsync(CancellationToken.None);
        Assert.Equal("awaiting_approval", (await _host.Registry.FindPromotionAsync(asked.Id))!.Status);
        clock.Advance(TimeSpan.FromMinutes(1));
        await worker.RunOnceAsync(CancellationToken.None);

        var expired = (await _host.Registry.FindPromotionAsync(asked.Id))!;
        Assert.Equal("expired", expired.Status);
        // PostgreSQL keeps microseconds.
        Assert.Equal(clock.GetUtcNow(), expired.DecidedAt!.Value, TimeSpan.FromTicks(10));
        Assert.Equal("expired", expired.Events[^1].Kind);
    }

    [Fact]
    public async Task Promote_FiftyClientsAtOnce_OneOwnerAndOneHistory()
    {
        const int clients = 50;
        const int versions = 5;
        await PrepareAsync("fifty", versions);

        var done = await Task.WhenAll(
            Enumerable
                .Range(0, clients)
                .Select(async i => await ReachAsync(_host, (await AskAsync("fifty", (i % versions) + 1)).Id, "promoted"))
        );

        Assert.All(done, promotion => Assert.Single(promotion.Events, e => e.Kind == "promoted"));
        var moves = new List<AliasMoved>();
        string? token = null;
        do
        {
            var page = await _host.Registry.GetAliasHistoryAsync("fifty", "production", token);
            moves.AddRange(page.Moves);
            token = page.NextPageToken;
        } while (token is not null);
        moves.Reverse();
        int? last = null;
        foreach (var move in moves)
        {
            Assert.Equal(last, move.PreviousVersion);
            last = move.Version;
        }
        Assert.Equal(last, (await _host.Registry.FindModelAsync("fifty"))!.Aliases["production"]);
        Assert.Equal(moves.Count, moves.Select(m => m.Promotion).Distinct().Count());
        var stages = (await _host.Registry.FindModelAsync("fifty"))!.Versions.Select(v => v.Version);
        var inProduction = 0;
        foreach (var version in stages)
        {
            var mlflow = await _host.Mlflow.GetModelVersionAsync(
                "fifty",
                version.ToString(System.Globalization.CultureInfo.InvariantCulture)
            );
            inProduction += mlflow.CurrentStage == "Production" ? 1 : 0;
        }
        Assert.Equal(1, inProduction);
    }

    [Fact]
    public async Task History_AskedForATime_SaysWhatWasProductionThen()
    {
        await PrepareAsync("then", versions: 2);
        var before = TimeProvider.System.GetUtcNow();
        var first = await ReachAsync(_host, (await AskAsync("then", 1)).Id, "promoted");
        var second = await ReachAsync(_host, (await AskAsync("then", 2)).Id, "promoted");

        Assert.Null(await _host.Registry.FindAliasHolderAsync("then", "production", before));
        Assert.Equal(1, (await _host.Registry.FindAliasHolderAsync("then", "production", first.DecidedAt))!.Version);
        Assert.Equal(2, (await _host.Registry.FindAliasHolderAsync("then", "production", second.DecidedAt))!.Version);
        Assert.Equal(second.Id, (await _host.Registry.FindAliasHolderAsync("then", "production"))!.Promotion);
    }

    [Fact]
    public async Task Stop_InTheMiddleOfADecision_TheNextProcessDecidesOnce()
    {
        await using var database = await TestPostgres.CreateDatabaseAsync();
        Promotion asked;
        await using var source = NpgsqlDataSource.Create(database.ConnectionString);
        await using var blocker = await source.OpenConnectionAsync();
        await using var held = await blocker.BeginTransactionAsync();
        await using (var first = await RegistryHost.StartOnAsync(database.ConnectionString, null))
        {
            await Eventually.TrueAsync(async () =>
                (await first.Http.GetAsync(new Uri("health/ready", UriKind.Relative))).IsSuccessStatusCode
            );
            await first.RegisterAsync("cut", Files.Good, new Dictionary<string, double> { ["mae"] = 1 });
            await first.VettedAsync("cut", 1);
            // The decision stops at the model's lock; the request itself, which only refers to the model, does not.
            await using (var take = new NpgsqlCommand("SELECT 1 FROM registered_models FOR NO KEY UPDATE", blocker))
            {
                await take.ExecuteNonQueryAsync();
            }
            asked = await first.Registry.PromoteAsync(new PromotionRequest { Model = "cut", Version = 1 });
            await Eventually.TrueAsync(async () =>
            {
                await using var waiting = source.CreateCommand(
                    "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"
                );
                return (bool)(await waiting.ExecuteScalarAsync())!;
            });
        }

        await held.RollbackAsync();
        await using var second = await RegistryHost.StartOnAsync(database.ConnectionString, null);
        var done = await ReachAsync(second, asked.Id, "promoted");

        Assert.Single(done.Events, e => e.Kind == "promoted");
        Assert.Single((await second.Registry.GetAliasHistoryAsync("cut", "production")).Moves);
    }

    private async Task PrepareAsync(string model, int versions)
    {
        for (var i = 1; i <= versions; i++)
        {
            await _host.RegisterAsync(model, Files.Good, new Dictionary<string, double> { ["mae"] = 1 });
        }
        for (var i = 1; i <= versions; i++)
        {
            await _host.VettedAsync(model, i);
        }
    }

    private Task<Promotion> AskAsync(string model, int version) =>
        _host.Registry.PromoteAsync(
            new PromotionRequest
            {
                Model = model,
                Version = version,
                RequestedBy = "ann",
            }
        );

    private static Task<Promotion> ReachAsync(RegistryHost host, Guid id, string status) =>
        Eventually.GetAsync(async () =>
            await host.Registry.FindPromotionAsync(id) is { } promotion && promotion.Status == status ? promotion : null
        );
}
