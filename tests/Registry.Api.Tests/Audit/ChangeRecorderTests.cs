using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Audit;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Audit;

public sealed class ChangeRecorderTests(RegistryFixture registry) : IClassFixture<RegistryFixture>
{
    private readonly RegistryHost _host = registry.Host;

    private NpgsqlDataSource Source => _host.Services.GetRequiredService<NpgsqlDataSource>();

    [Fact]
    public async Task Changes_OfModels_AreEachRecordedOnce()
    {
        await _host.RegisterAsync("recorded", Files.Good);
        await _host.VettedAsync("recorded", 1);
        await _host.PostAsync("registered-models/set-tag", """{"name":"recorded","key":"k","value":"1"}""");
        await _host.PostAsync("registered-models/set-tag", """{"name":"recorded","key":"k","value":"2"}""");
        await _host.SendAsync(HttpMethod.Delete, "registered-models/delete-tag", """{"name":"recorded","key":"k"}""");
        await _host.SendAsync(HttpMethod.Delete, "registered-models/delete-tag", """{"name":"recorded","key":"k"}""");
        await _host.PostAsync("model-versions/set-tag", """{"name":"recorded","version":"1","key":"k","value":"1"}""");
        await _host.SendAsync(HttpMethod.Delete, "model-versions/delete-tag", """{"name":"recorded","version":"1","key":"k"}""");
        await _host.SendAsync(HttpMethod.Patch, "registered-models/update", """{"name":"recorded","description":"d"}""");
        await _host.SendAsync(HttpMethod.Patch, "model-versions/update", """{"name":"recorded","version":"1","description":"d"}""");
        await _host.PostAsync("model-versions/transition-stage", """{"name":"recorded","version":"1","stage":"Staging"}""");
        await _host.PostAsync("registered-models/alias", """{"name":"recorded","alias":"a","version":"1"}""");
        await _host.PostAsync("registered-models/alias", """{"name":"recorded","alias":"a","version":"1"}""");
        await _host.SendAsync(HttpMethod.Delete, "registered-models/alias", """{"name":"recorded","alias":"a"}""");
        await _host.PromoteAsync(
            new PromotionRequest
            {
                Model = "recorded",
                Version = 1,
                Environment = Environments.Production,
            }
        );
        await _host.Http.DeleteAsync(new Uri("api/v1/endpoints/recorded", UriKind.Relative));
        await _host.SendAsync(HttpMethod.Delete, "model-versions/delete", """{"name":"recorded","version":"1"}""");
        await _host.PostAsync("registered-models/rename", """{"name":"recorded","new_name":"renamed"}""");
        await _host.SendAsync(HttpMethod.Delete, "registered-models/delete", """{"name":"renamed"}""");

        var entries = await EntriesAsync("object ~ '^(models|endpoints)/(recorded|renamed)'");
        Assert.Equal(
            [
                "registered_model.created models/recorded",
                "model_version.created models/recorded/versions/1",
                "registered_model_tag.set models/recorded",
                "registered_model_tag.set models/recorded",
                "registered_model_tag.deleted models/recorded",
                "model_version_tag.set models/recorded/versions/1",
                "model_version_tag.deleted models/recorded/versions/1",
                "registered_model.updated models/recorded",
                "model_version.updated models/recorded/versions/1",
                "model_version.stage_changed models/recorded/versions/1",
                "model_version_alias.created models/recorded/aliases/a",
                "model_version_alias.deleted models/recorded/aliases/a",
                "promotion.requested models/recorded/promotions",
                "promotion.decided models/recorded/promotions",
                "model_version_alias.created models/recorded/aliases/production",
                "model_version.stage_changed models/recorded/versions/1",
                "endpoint.created endpoints/recorded",
                "endpoint.deleted endpoints/recorded",
                "model_version_alias.deleted models/recorded/aliases/production",
                "model_version.deleted models/recorded/versions/1",
                "registered_model.renamed models/renamed",
                "registered_model.deleted models/renamed",
            ],
            entries.Select(e =>
                $"{e.Action} {(e.Object.Contains("/promotions/", StringComparison.Ordinal) ? e.Object[..e.Object.LastIndexOf('/')] : e.Object)}"
            )
        );
        Assert.Equal("""{"name":"recorded","key":"k","value":"1"}""", entries[3].Before);
        Assert.Equal("""{"name":"recorded","key":"k","value":"2"}""", entries[3].After);
        Assert.Equal(["system", "anonymous"], entries[13..15].Select(e => e.Actor).Append(entries[17].Actor).Distinct());
        Assert.All(entries.Where(e => e.Actor == "anonymous"), e => Assert.Matches("^[0-9a-f]{32}$", e.TraceId));
    }

    [Fact]
    public async Task Changes_OfExperimentsAndRuns_AreEachRecordedOnce()
    {
        var id = await _host.Mlflow.GetOrCreateExperimentAsync("recorded");
        var run = (await _host.Mlflow.CreateRunAsync(id, null)).Info.RunId;
        await _host.PostAsync("experiments/set-experiment-tag", $$"""{"experiment_id":"{{id}}","key":"k","value":"v"}""");
        await _host.PostAsync("experiments/delete-experiment-tag", $$"""{"experiment_id":"{{id}}","key":"k"}""");
        await _host.PostAsync("experiments/update", $$"""{"experiment_id":"{{id}}","new_name":"again"}""");
        await _host.PostAsync("runs/delete", $$"""{"run_id":"{{run}}"}""");
        await _host.PostAsync("runs/delete", $$"""{"run_id":"{{run}}"}""");
        await _host.PostAsync("runs/restore", $$"""{"run_id":"{{run}}"}""");
        await _host.PostAsync("experiments/delete", $$"""{"experiment_id":"{{id}}"}""");
        await _host.PostAsync("experiments/restore", $$"""{"experiment_id":"{{id}}"}""");

        var entries = await EntriesAsync($"object IN ('experiments/{id}', 'runs/{run}')");
        Assert.Equal(
            [
                "experiment.created",
                "experiment_tag.set",
                "experiment_tag.deleted",
                "experiment.renamed",
                "run.deleted",
                "run.restored",
                "experiment.deleted",
                "experiment.restored",
            ],
            entries.Select(e => e.Action)
        );
    }

    [Fact]
    public async Task RecordAsync_WithATransactionThatIsRolledBack_LeavesNothing()
    {
        var recorder = _host.Services.GetRequiredService<ChangeRecorder>();
        await using var connection = await Source.OpenConnectionAsync();
        await using (await connection.BeginTransactionAsync())
        {
            await connection.ExecuteAsync("UPDATE experiments SET last_update_time = 1 WHERE experiment_id = 0", CancellationToken.None);
            await recorder.RecordAsync(connection, new Change("test.done", "tests/rolled-back"), CancellationToken.None);
        }

        Assert.Empty(await EntriesAsync("object = 'tests/rolled-back'"));
    }

    [Fact]
    public async Task RecordAsync_OutsideATransaction_IsRefused()
    {
        var recorder = _host.Services.GetRequiredService<ChangeRecorder>();
        await using var connection = await Source.OpenConnectionAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            recorder.RecordAsync(connection, new Change("test.done", "tests/alone"), CancellationToken.None)
        );

        Assert.Empty(await EntriesAsync("object = 'tests/alone'"));
    }

    [Theory]
    [InlineData("UPDATE audit_entries SET actor = 'x'")]
    [InlineData("DELETE FROM audit_entries")]
    [InlineData("TRUNCATE audit_entries CASCADE")]
    [InlineData("UPDATE audit_chain SET sequence = 1")]
    [InlineData("DELETE FROM audit_chain")]
    [InlineData("TRUNCATE audit_chain")]
    [InlineData("SET session_replication_role = replica; DELETE FROM audit_chain")]
    public async Task AuditLog_IsAppendOnlyEvenForItsOwner(string statement)
    {
        await using var connection = await Source.OpenConnectionAsync();

        var refused = await Assert.ThrowsAsync<PostgresException>(() => connection.ExecuteAsync(statement, CancellationToken.None));

        Assert.Contains("append-only", refused.MessageText, StringComparison.Ordinal);
    }

    private Task<List<Entry>> EntriesAsync(string condition) =>
        Source.QueryAsync(
            $"SELECT action, object, actor, before::text, after::text, trace_id FROM audit_entries WHERE {condition} ORDER BY id",
            r => new Entry(
                r.GetString(0),
                r.GetString(1),
                r.GetString(2),
                r.IsDBNull(3) ? null : r.GetString(3),
                r.IsDBNull(4) ? null : r.GetString(4),
                r.IsDBNull(5) ? null : r.GetString(5)
            ),
            CancellationToken.None
        );

    private sealed record Entry(string Action, string Object, string Actor, string? Before, string? After, string? TraceId);
}
