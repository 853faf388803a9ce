using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Slipway.Contracts;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Audit;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Tests.Support;
using Slipway.Testing;

namespace Slipway.Registry.Api.Tests.Audit;

public sealed class AuditChainTests(RegistryFixture registry) : IClassFixture<RegistryFixture>
{
    private const string TriggersOff =
        "ALTER TABLE audit_entries DISABLE TRIGGER append_only; ALTER TABLE audit_chain DISABLE TRIGGER append_only; ";

    private readonly RegistryHost _host = registry.Host;

    private NpgsqlDataSource Source => _host.Services.GetRequiredService<NpgsqlDataSource>();

    [Fact]
    public async Task FiftyClientsAtOnce_GiveAnUnbrokenChain()
    {
        await _host.RegisterAsync("crowded", Files.One("readme", [1]));
        await Task.WhenAll(
            Enumerable
                .Range(0, 50)
                .Select(async client =>
                {
                    var version = (await _host.RegisterAsync("crowded", Files.One("readme", [(byte)client]))).Version;
                    await _host.PostAsync("registered-models/alias", $$"""{"name":"crowded","alias":"a","version":"{{version}}"}""");
                    await _host.PostAsync(
                        "model-versions/set-tag",
                        $$"""{"name":"crowded","version":"{{version}}","key":"k","value":"v"}"""
                    );
                    await _host.Mlflow.GetOrCreateExperimentAsync($"crowded-{client}");
                })
        );

        var verified = await SealedAsync();
        var counts = await Source.QueryAsync(
            "SELECT (SELECT count(*) FROM audit_entries), (SELECT count(*) FROM audit_chain), (SELECT max(sequence) FROM audit_chain)",
            r => (Entries: r.GetInt64(0), Links: r.GetInt64(1), Last: r.GetInt64(2)),
            CancellationToken.None
        );
        Assert.True(verified is { Valid: true, Complete: true }, verified.FirstBroken?.Reason);
        Assert.Equal((counts[0].Entries, counts[0].Entries), (counts[0].Links, counts[0].Last));
        Assert.Equal(counts[0].Entries, verified.Checked);
        // 51 versions and the aliases that moved, of which none moved to where it was already.
        var crowded = await ListAsync("object=models/crowded&limit=1000");
        Assert.Equal(51, crowded.Entries.Count(e => e.Action == "model_version.created"));
        Assert.Equal(50, crowded.Entries.Count(e => e.Action == "model_version_alias.created"));
        Assert.Equal(50, crowded.Entries.Count(e => e.Action == "model_version_tag.set"));
    }

    [Theory]
    [InlineData("UPDATE audit_entries SET at = at + interval '1 microsecond' WHERE id = $1", "content")]
    [InlineData("UPDATE audit_entries SET actor = 'somebody else' WHERE id = $1", "content")]
    [InlineData("UPDATE audit_entries SET action = 'model_version.updated' WHERE id = $1", "content")]
    [InlineData("UPDATE audit_entries SET object = 'models/other' WHERE id = $1", "content")]
    [InlineData("UPDATE audit_entries SET before = '{}' WHERE id = $1", "content")]
    [InlineData("UPDATE audit_entries SET after = NULL WHERE id = $1", "content")]
    [InlineData("UPDATE audit_entries SET trace_id = NULL WHERE id = $1", "content")]
    [InlineData("UPDATE audit_entries SET request_id = 'x' WHERE id = $1", "content")]
    [InlineData("UPDATE audit_chain SET hash = sha256('x') WHERE entry_id = $1", "content")]
    [InlineData("UPDATE audit_chain SET previous_hash = sha256('x') WHERE entry_id = $1", "previous hash")]
    [InlineData("DELETE FROM audit_chain WHERE entry_id = $1", "removed")]
    [InlineData(
        "ALTER TABLE audit_chain DROP CONSTRAINT audit_chain_entry_id_fkey; ALTER TABLE registry_events DROP CONSTRAINT registry_events_entry_id_fkey; DELETE FROM audit_entries WHERE id = $1",
        "removed"
    )]
    [InlineData(
        "UPDATE audit_chain SET sequence = -1 WHERE entry_id = $1; UPDATE audit_chain SET sequence = sequence - 1 WHERE entry_id = (SELECT min(id) FROM audit_entries WHERE id > $1); UPDATE audit_chain SET sequence = (SELECT max(sequence) FROM audit_chain c WHERE c.entry_id < $1) + 2 WHERE entry_id = $1",
        "previous hash"
    )]
    public async Task Verify_AfterTampering_NamesThePlace(string tampering, string reason)
    {
        await using var host = await SmallLogAsync();
        var good = await SealedAsync(host);
        var target = (await ListAsync("action=experiment_tag.set&limit=1", host)).Entries[0];

        await TamperAsync(host, tampering.Replace("$1", $"{target.Id}", StringComparison.Ordinal));

        var verified = await VerifyAsync("", host);
        Assert.True(good.Valid);
        Assert.False(verified.Valid);
        Assert.Equal(target.Sequence, verified.FirstBroken!.Sequence);
        Assert.Contains(reason, verified.FirstBroken.Reason, StringComparison.Ordinal);
        Assert.Equal(target.Sequence - 1, verified.LastSequence);
    }

    [Fact]
    public async Task Verify_WithAnEntryThatWasInserted_NamesIt()
    {
        await using var host = await SmallLogAsync();
        await SealedAsync(host);

        await TamperAsync(host, "INSERT INTO audit_entries (at, actor, action, object) VALUES (now(), 'x', 'x.x', 'x')");

        var verified = await VerifyAsync("", host);
        Assert.Null(verified.FirstBroken!.Sequence);
        Assert.NotNull(verified.FirstBroken.EntryId);
    }

    [Fact]
    public async Task Verify_FromAnAnchor_FindsATailThatWasCutOffAndAHistoryThatWasWrittenAnew()
    {
        await using var host = await SmallLogAsync();
        var anchor = await SealedAsync(host);
        await host.Mlflow.GetOrCreateExperimentAsync("after the anchor");
        await SealedAsync(host);

        var onward = await VerifyAsync($"?afterSequence={anchor.LastSequence}&anchor={anchor.LastHash}", host);
        Assert.Equal((true, 1L), (onward.Valid, onward.Checked));

        await TamperAsync(host, $"DELETE FROM audit_chain WHERE sequence >= {anchor.LastSequence}");
        var cut = await VerifyAsync($"?afterSequence={anchor.LastSequence}&anchor={anchor.LastHash}", host);
        Assert.Contains("ends before", cut.FirstBroken!.Reason, StringComparison.Ordinal);

        // Whoever owns the database can seal another history, which holds by itself, but not against the anchor.
        await TamperAsync(
            host,
            "DELETE FROM audit_chain; ALTER TABLE audit_entries ENABLE ALWAYS TRIGGER append_only; UPDATE registry_events SET sealed_at = NULL; DELETE FROM registry_events WHERE entry_id = (SELECT min(entry_id) FROM registry_events)"
        );
        await Eventually.TrueAsync(async () => await host.Services.GetRequiredService<AuditChain>().SealAsync(CancellationToken.None) == 0);
        var anew = await VerifyAsync($"?afterSequence={anchor.LastSequence}&anchor={anchor.LastHash}", host);
        Assert.False(anew.Valid);
    }

    [Fact]
    public async Task Verify_WithALimit_GoesOnFromWhereItStopped()
    {
        var all = await SealedAsync();
        var first = await VerifyAsync("?limit=1");
        var second = await VerifyAsync($"?afterSequence={first.LastSequence}&anchor={first.LastHash}");

        Assert.Equal((true, false, 1L), (first.Valid, first.Complete, first.Checked));
        Assert.Equal((true, true, all.LastHash), (second.Valid, second.Complete, second.LastHash));
    }

    [Fact]
    public async Task Export_HoldsAllThatTheHashesNeed()
    {
        await _host.Mlflow.GetOrCreateExperimentAsync("exported ü \"quoted\"");
        await SealedAsync();
        var previous = AuditHash.Genesis;
        var text = await _host.Http.GetStringAsync(new Uri("api/v1/audit/export", UriKind.Relative));
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            var entry = new StoredEntry(
                root.GetProperty("id").GetInt64(),
                root.GetProperty("at").GetDateTimeOffset(),
                root.GetProperty("actor").GetString()!,
                root.GetProperty("action").GetString()!,
                root.GetProperty("object").GetString()!,
                Raw(root.GetProperty("before")),
                Raw(root.GetProperty("after")),
                root.GetProperty("traceId").GetString(),
                root.GetProperty("requestId").GetString()
            );
            previous = AuditHash.Of(previous, root.GetProperty("sequence").GetInt64(), entry);
            Assert.Equal(Convert.ToHexStringLower(previous), root.GetProperty("hash").GetString());
        }
        Assert.NotSame(AuditHash.Genesis, previous);

        static string? Raw(JsonElement element) => element.ValueKind == JsonValueKind.Null ? null : element.GetRawText();
    }

    [Fact]
    public async Task List_ByObjectActorActionAndTime_FindsThoseAndPagesThroughThem()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/2.0/mlflow/registered-models/create")
        {
            Content = JsonContent.Create(new JsonObject { ["name"] = "listed" }),
        };
        request.Headers.Add("X-Slipway-User", "ada");
        using var _ = await _host.Http.SendAsync(request);
        await _host.Mlflow.EnsureRegisteredModelAsync("listed2");
        for (var i = 0; i < 5; i++)
        {
            await _host.PostAsync("registered-models/set-tag", $$"""{"name":"listed","key":"k{{i}}","value":"v"}""");
        }

        Assert.Equal(6, (await ListAsync("object=models/listed")).Entries.Count);
        Assert.Equal("registered_model.created", Assert.Single((await ListAsync("actor=ada")).Entries).Action);
        Assert.Equal(5, (await ListAsync("object=models/listed/&action=registered_model_tag.set")).Entries.Count);
        Assert.Empty((await ListAsync("object=models/listed&to=2020-01-01T00:00:00Z")).Entries);
        Assert.Equal(6, (await ListAsync("object=models/listed&from=2020-01-01T01:00:00%2B01:00")).Entries.Count);
        var paged = new List<long>();
        string? token = null;
        do
        {
            var page = await ListAsync($"object=models/listed&limit=4{(token is null ? "" : $"&pageToken={token}")}");
            paged.AddRange(page.Entries.Select(e => e.Id));
            token = page.NextPageToken;
        } while (token is not null);
        Assert.Equal(paged.OrderDescending(), paged);
        Assert.Equal(6, paged.Distinct().Count());
    }

    [Theory]
    [InlineData("?limit=0")]
    [InlineData("?limit=1001")]
    [InlineData("?limit=x")]
    [InlineData("?pageToken=-1")]
    [InlineData("?pageToken=x")]
    [InlineData("?object=%00")]
    [InlineData("?from=yesterday")]
    [InlineData("/verify?afterSequence=-1")]
    [InlineData("/verify?limit=0")]
    [InlineData("/verify?anchor=00")]
    [InlineData("/verify?afterSequence=1&anchor=zz")]
    [InlineData("/export?actor=%00")]
    public async Task Get_WithWhatCannotBe_IsRefused(string query)
    {
        using var answer = await _host.Http.GetAsync(new Uri($"api/v1/audit{query}", UriKind.Relative));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    private static async Task<RegistryHost> SmallLogAsync()
    {
        var host = await RegistryHost.StartAsync();
        var id = await host.Mlflow.GetOrCreateExperimentAsync("small");
        await host.PostAsync("experiments/set-experiment-tag", $$"""{"experiment_id":"{{id}}","key":"k","value":"v"}""");
        await host.PostAsync("experiments/update", $$"""{"experiment_id":"{{id}}","new_name":"smaller"}""");
        return host;
    }

    private static async Task TamperAsync(RegistryHost host, string sql)
    {
        await using var connection = await host.Services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync();
        await connection.ExecuteAsync(TriggersOff + sql, CancellationToken.None);
    }

    private Task<AuditVerification> SealedAsync() => SealedAsync(_host);

    private static Task<AuditVerification> SealedAsync(RegistryHost host) =>
        Eventually.GetAsync(async () => await VerifyAsync("", host) is { Unsealed: 0 } verified ? verified : null);

    private Task<AuditVerification> VerifyAsync(string query) => VerifyAsync(query, _host);

    private static async Task<AuditVerification> VerifyAsync(string query, RegistryHost host) =>
        (
            await host.Http.GetFromJsonAsync(
                new Uri($"api/v1/audit/verify{query}", UriKind.Relative),
                ContractsJson.Default.AuditVerification
            )
        )!;

    private async Task<AuditPage> ListAsync(string query, RegistryHost? host = null) =>
        (await (host ?? _host).Http.GetFromJsonAsync(new Uri($"api/v1/audit?{query}", UriKind.Relative), ContractsJson.Default.AuditPage))!;
}
