using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Slipway.Contracts;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Tests.Support;
using Slipway.Testing;

namespace Slipway.Registry.Api.Tests.Webhooks;

public sealed class WebhookDeliveryTests(WebhooksFixture fixture) : IClassFixture<WebhooksFixture>
{
    private readonly RegistryHost _host = fixture.Host;

    [Fact]
    public async Task Changes_OfModels_AreToldAsMlflowTellsThem()
    {
        await using var receiver = await Receiver.StartAsync();
        await CreateAsync(
            receiver.Url(),
            "REGISTERED_MODEL:CREATED MODEL_VERSION:CREATED MODEL_VERSION_TAG:SET MODEL_VERSION_TAG:DELETED MODEL_VERSION_ALIAS:CREATED MODEL_VERSION_ALIAS:DELETED SLIPWAY_MODEL_VERSION:STAGE_CHANGED SLIPWAY_REGISTERED_MODEL:DELETED"
        );

        await _host.PostAsync("registered-models/create", """{"name":"told","description":"d","tags":[{"key":"k","value":"v"}]}""");
        var (runId, _) = await _host.RegisterAsync("told", Files.One("readme", [1]));
        await _host.PostAsync("model-versions/set-tag", """{"name":"told","version":"1","key":"k","value":"v"}""");
        await _host.SendAsync(HttpMethod.Delete, "model-versions/delete-tag", """{"name":"told","version":"1","key":"k"}""");
        await _host.PostAsync("registered-models/alias", """{"name":"told","alias":"a","version":"1"}""");
        await _host.SendAsync(HttpMethod.Delete, "registered-models/alias", """{"name":"told","alias":"a"}""");
        await _host.PostAsync("model-versions/transition-stage", """{"name":"told","version":"1","stage":"Staging"}""");
        await _host.SendAsync(HttpMethod.Delete, "registered-models/delete", """{"name":"told"}""");

        await Eventually.TrueAsync(() => receiver.All.Count == 8);
        var all = receiver.All;
        Assert.Equal(
            [
                "registered_model.created",
                "model_version.created",
                "model_version_tag.set",
                "model_version_tag.deleted",
                "model_version_alias.created",
                "model_version_alias.deleted",
                "slipway_model_version.stage_changed",
                "slipway_registered_model.deleted",
            ],
            all.Select(r => r.Name)
        );
        var version = JsonNode.Parse(all[1].Text)!["data"]!;
        Assert.Equal("""{"name":"told","tags":{"k":"v"},"description":"d"}""", Data(all[0]));
        Assert.Equal(
            $$$"""{"name":"told","version":"1","source":"{{{version["source"]}}}","run_id":"{{{runId}}}","tags":{},"description":null}""",
            Data(all[1])
        );
        Assert.Equal("""{"name":"told","version":"1","key":"k","value":"v"}""", Data(all[2]));
        Assert.Equal("""{"name":"told","version":"1","key":"k"}""", Data(all[3]));
        Assert.Equal("""{"name":"told","alias":"a","version":"1"}""", Data(all[4]));
        Assert.Equal("""{"name":"told","alias":"a"}""", Data(all[5]));
        Assert.Equal("models/told/versions/1", (string?)all[6].Json["data"]!["object"]);
        Assert.Equal("Staging", (string?)all[6].Json["data"]!["after"]!["stage"]);
        Assert.All(all, r => Assert.Matches("^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}\\+00:00$", (string?)r.Json["timestamp"]));
    }

    [Fact]
    public async Task Changes_OfPrompts_AreToldAsPrompts()
    {
        await using var receiver = await Receiver.StartAsync();
        await CreateAsync(
            receiver.Url(),
            "REGISTERED_MODEL:CREATED MODEL_VERSION_ALIAS:CREATED PROMPT:CREATED PROMPT_VERSION:CREATED PROMPT_TAG:SET PROMPT_TAG:DELETED PROMPT_VERSION_TAG:SET PROMPT_VERSION_TAG:DELETED PROMPT_ALIAS:CREATED PROMPT_ALIAS:DELETED"
        );
        const string IsPrompt = """{"key":"mlflow.prompt.is_prompt","value":"true"}""";

        await _host.PostAsync("registered-models/create", $$"""{"name":"greeting","tags":[{{IsPrompt}},{"key":"k","value":"v"}]}""");
        await _host.PostAsync(
            "model-versions/create",
            $$$"""{"name":"greeting","source":"dummy-source","tags":[{{{IsPrompt}}},{"key":"mlflow.prompt.text","value":"Hi {{x}}"}]}"""
        );
        await using (var connection = await Source.OpenConnectionAsync())
        {
            // Whatever this registry takes as a prompt's source: its version is there.
            await connection.ExecuteAsync(
                """
                INSERT INTO model_versions (model_id, version, created_at, updated_at, source, storage_uri, digest)
                SELECT id, 1, now(), now(), 's', 's', 'd' FROM registered_models WHERE name = 'greeting' ON CONFLICT DO NOTHING
                """,
                CancellationToken.None
            );
        }
        await _host.PostAsync("registered-models/set-tag", """{"name":"greeting","key":"a","value":"b"}""");
        await _host.SendAsync(HttpMethod.Delete, "registered-models/delete-tag", """{"name":"greeting","key":"a"}""");
        await _host.PostAsync("model-versions/set-tag", """{"name":"greeting","version":"1","key":"a","value":"b"}""");
        await _host.SendAsync(HttpMethod.Delete, "model-versions/delete-tag", """{"name":"greeting","version":"1","key":"a"}""");
        await _host.PostAsync("registered-models/alias", """{"name":"greeting","alias":"a","version":"1"}""");
        await _host.SendAsync(HttpMethod.Delete, "registered-models/alias", """{"name":"greeting","alias":"a"}""");

        await Eventually.TrueAsync(() => receiver.All.Any(r => r.Name == "prompt_alias.deleted"));
        var told = receiver.All.ToDictionary(r => r.Name, Data);
        Assert.DoesNotContain(told.Keys, name => name.Contains("model", StringComparison.Ordinal));
        Assert.Equal("""{"name":"greeting","tags":{"k":"v"},"description":null}""", told["prompt.created"]);
        Assert.Equal("""{"name":"greeting","key":"a","value":"b"}""", told["prompt_tag.set"]);
        Assert.Equal("""{"name":"greeting","key":"a"}""", told["prompt_tag.deleted"]);
        Assert.Equal("""{"name":"greeting","version":"1","key":"a","value":"b"}""", told["prompt_version_tag.set"]);
        Assert.Equal("""{"name":"greeting","alias":"a","version":"1"}""", told["prompt_alias.created"]);
        if (told.TryGetValue("prompt_version.created", out var version))
        {
            Assert.Equal("Hi {{x}}", (string?)JsonNode.Parse(version)!["template"]);
        }
    }

    [Fact]
    public async Task Delivery_WithASecret_IsSignedOverIdTimestampAndBody()
    {
        await using var receiver = await Receiver.StartAsync();
        var id = await CreateAsync(receiver.Url("/hook"), "REGISTERED_MODEL:CREATED", "test-secret-key");

        await _host.Mlflow.EnsureRegisteredModelAsync("signed");

        await Eventually.TrueAsync(() => receiver.All.Count == 1);
        var received = receiver.All[0];
        var signed = $"{received.DeliveryId}.{received.Headers["X-MLflow-Timestamp"]}.{received.Text}";
        var expected = Convert.ToBase64String(HMACSHA256.HashData("test-secret-key"u8, Encoding.UTF8.GetBytes(signed)));
        Assert.Equal($"v1,{expected}", received.Headers["X-MLflow-Signature"]);
        Assert.Equal("application/json", received.Headers["Content-Type"]);
        Assert.True(Guid.TryParse(received.DeliveryId, out _));
        Assert.Equal("/hook", received.Path);
        // It is stored, but not as it is, and nobody gets it back.
        var stored = await Source.QueryAsync(
            "SELECT secret FROM webhooks WHERE webhook_id = $1",
            r => r.GetFieldValue<byte[]>(0),
            CancellationToken.None,
            id
        );
        Assert.DoesNotContain("test-secret-key", Encoding.UTF8.GetString(stored[0]), StringComparison.Ordinal);
        var (_, webhook) = await _host.GetAsync($"webhooks/{id}");
        Assert.DoesNotContain("secret", webhook.ToJsonString(), StringComparison.Ordinal);
        var audit = await _host.Http.GetStringAsync(new Uri("api/v1/audit?action=webhook.created", UriKind.Relative));
        Assert.DoesNotContain("test-secret-key", audit, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(500, 3, "delivered")]
    [InlineData(503, 3, "delivered")]
    [InlineData(429, 3, "delivered")]
    [InlineData(408, 3, "delivered")]
    [InlineData(400, 1, "dead")]
    [InlineData(404, 1, "dead")]
    [InlineData(302, 1, "dead")]
    public async Task Delivery_ThatFailsTwice_IsTriedAgainWhereThatMayHelp(int status, int attempts, string end)
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = async (http, _) =>
        {
            if (receiver.All.Count < 3)
            {
                http.Response.StatusCode = status;
                http.Response.Headers.Location = receiver.Url("/elsewhere");
                await http.Response.WriteAsync("not now\0");
            }
        };
        var id = await CreateAsync(receiver.Url(), "REGISTERED_MODEL:CREATED");

        await _host.Mlflow.EnsureRegisteredModelAsync($"failing-{status}");

        var delivery = await FinishedAsync(id, end);
        Assert.Equal((end, attempts), (delivery.Status, delivery.Attempts));
        Assert.Equal(attempts, receiver.All.Count);
        Assert.Single(receiver.All.Select(r => r.DeliveryId).Distinct());
        Assert.Single(receiver.All.Select(r => r.Text).Distinct());
        Assert.Equal(Enumerable.Range(1, attempts).Reverse(), delivery.Log.Select(a => a.Number));
        Assert.Equal((status, "not now\uFFFD"), (delivery.Log[^1].Status!.Value, delivery.Log[^1].Body));
    }

    [Fact]
    public async Task Delivery_WithRetryAfter_WaitsThatLong()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = (http, _) =>
        {
            http.Response.StatusCode = 429;
            http.Response.Headers.RetryAfter = "300";
            return Task.CompletedTask;
        };
        var id = await CreateAsync(receiver.Url(), "REGISTERED_MODEL:CREATED");

        await _host.Mlflow.EnsureRegisteredModelAsync("patient");

        var delivery = await Eventually.GetAsync(async () => await DeliveriesAsync(id) is [{ Log.Count: 1 } tried] ? tried : null);
        Assert.Equal("pending", delivery.Status);
        Assert.InRange((delivery.NextAttemptAt!.Value - delivery.Log[0].At).TotalSeconds, 299, 301);
    }

    [Fact]
    public async Task OneWebhookThatHangs_HoldsUpNoOther_AndKeepsItsOwnOrder()
    {
        await using var slow = await Receiver.StartAsync();
        await using var quick = await Receiver.StartAsync();
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        slow.Answer = async (_, _) => await release.Task;
        await CreateAsync(slow.Url(), "SLIPWAY_EXPERIMENT:CREATED");
        await CreateAsync(quick.Url(), "SLIPWAY_EXPERIMENT:CREATED");

        for (var i = 0; i < 5; i++)
        {
            await _host.Mlflow.GetOrCreateExperimentAsync($"ordered-{i}");
        }

        await Eventually.TrueAsync(() => quick.All.Count == 5);
        Assert.Single(slow.All);
        release.SetResult();
        await Eventually.TrueAsync(() => slow.All.Count == 5);
        var expected = Enumerable.Range(0, 5).Select(i => $"ordered-{i}");
        Assert.Equal(expected, quick.All.Select(NameOf));
        Assert.Equal(expected, slow.All.Select(NameOf));

        static string? NameOf(Receiver.Received r) => (string?)r.Json["data"]!["after"]!["name"];
    }

    [Fact]
    public async Task Replay_OfADeadDelivery_SendsItAgainUnderItsId()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = (http, _) =>
        {
            http.Response.StatusCode = receiver.All.Count == 1 ? 410 : 204;
            return Task.CompletedTask;
        };
        var id = await CreateAsync(receiver.Url(), "REGISTERED_MODEL:CREATED");
        await _host.Mlflow.EnsureRegisteredModelAsync("replayed");
        var dead = await FinishedAsync(id, "dead");

        using var replay = await _host.Http.PostAsync(new Uri($"api/v1/webhooks/deliveries/{dead.Id}/replay", UriKind.Relative), null);

        Assert.Equal(202, (int)replay.StatusCode);
        var delivered = await FinishedAsync(id, "delivered");
        Assert.Equal((dead.Id, 2), (delivered.Id, delivered.Attempts));
        Assert.Equal([dead.Id.ToString(), dead.Id.ToString()], receiver.All.Select(r => r.DeliveryId));
        using var unknown = await _host.Http.PostAsync(
            new Uri($"api/v1/webhooks/deliveries/{Guid.NewGuid()}/replay", UriKind.Relative),
            null
        );
        Assert.Equal(404, (int)unknown.StatusCode);
    }

    [Fact]
    public async Task DisabledWebhook_IsToldNothing()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var other = await Receiver.StartAsync();
        var id = await CreateAsync(receiver.Url(), "REGISTERED_MODEL:CREATED");
        await CreateAsync(other.Url(), "REGISTERED_MODEL:CREATED");
        await _host.SendAsync(HttpMethod.Patch, $"webhooks/{id}", """{"status":"DISABLED"}""");

        await _host.Mlflow.EnsureRegisteredModelAsync("untold");

        await Eventually.TrueAsync(() => other.All.Count == 1);
        Assert.Empty(await DeliveriesAsync(id));
        Assert.Empty(receiver.All);
    }

    [Fact]
    public async Task Delivery_ThatNobodyTakes_IsGivenUpAfterItsTime()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = (http, _) =>
        {
            http.Response.StatusCode = 500;
            return Task.CompletedTask;
        };
        var id = await CreateAsync(receiver.Url(), "REGISTERED_MODEL:CREATED");
        await _host.Mlflow.EnsureRegisteredModelAsync("hopeless");
        await Eventually.TrueAsync(() => receiver.All.Count >= 2);
        await Source.ExecuteAsync("UPDATE webhook_deliveries SET give_up_at = now() WHERE webhook_id = $1", CancellationToken.None, id);

        var delivery = await FinishedAsync(id, "dead");

        Assert.All(delivery.Log, attempt => Assert.Equal(500, attempt.Status));
    }

    [Fact]
    public async Task Registry_ThatIsReplacedBetweenChangeAndDelivery_StillDelivers()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var database = await TestPostgres.CreateDatabaseAsync();
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        receiver.Answer = async (http, _) =>
        {
            await release.Task.WaitAsync(http.RequestAborted);
        };
        (string, string)[] settings =
        [
            .. WebhooksFixture.Settings,
            ("Registry:Webhooks:EncryptionKey", Convert.ToBase64String(new byte[32])),
        ];
        var first = await RegistryHost.StartOnAsync(database.ConnectionString, null, settings);
        try
        {
            await Eventually.TrueAsync(async () =>
                (await first.Http.GetAsync(new Uri("health/ready", UriKind.Relative))).IsSuccessStatusCode
            );
            await CreateAsync(receiver.Url(), "SLIPWAY_EXPERIMENT:CREATED", "s", first);
            await first.Mlflow.GetOrCreateExperimentAsync("before the end");
            await first.Mlflow.GetOrCreateExperimentAsync("before the end too");
            await Eventually.TrueAsync(() => receiver.All.Count == 1);
        }
        finally
        {
            await first.DisposeAsync();
        }

        release.SetResult();
        await using var second = await RegistryHost.StartOnAsync(database.ConnectionString, null, settings);

        await Eventually.TrueAsync(() => receiver.All.Count == 3);
        // The first was cut off, and so it came again under the same id: once at least.
        Assert.Equal(receiver.All[0].DeliveryId, receiver.All[1].DeliveryId);
        Assert.NotEqual(receiver.All[1].DeliveryId, receiver.All[2].DeliveryId);
        Assert.All(receiver.All, r => Assert.StartsWith("v1,", r.Headers["X-MLflow-Signature"], StringComparison.Ordinal));
    }

    private NpgsqlDataSource Source => _host.Services.GetRequiredService<NpgsqlDataSource>();

    private static string Data(Receiver.Received received) => received.Json["data"]!.ToJsonString();

    private Task<string> CreateAsync(string url, string events, string? secret = null) => CreateAsync(url, events, secret, _host);

    private static async Task<string> CreateAsync(string url, string events, string? secret, RegistryHost host)
    {
        var body = new JsonObject
        {
            ["name"] = "hook",
            ["url"] = url,
            ["events"] = new JsonArray([
                .. events.Split(' ').Select(e => e.Split(':')).Select(e => new JsonObject { ["entity"] = e[0], ["action"] = e[1] }),
            ]),
            ["secret"] = secret,
        };
        var (status, answer) = await host.PostAsync("webhooks", body.ToJsonString());
        Assert.True(status == 200, answer.ToJsonString());
        return (string)answer["webhook"]!["webhook_id"]!;
    }

    private async Task<IReadOnlyList<WebhookDelivery>> DeliveriesAsync(string id) =>
        (
            await _host.Http.GetFromJsonAsync(
                new Uri($"api/v1/webhooks/{id}/deliveries", UriKind.Relative),
                ContractsJson.Default.IReadOnlyListWebhookDelivery
            )
        )!;

    private Task<WebhookDelivery> FinishedAsync(string id, string status) =>
        Eventually.GetAsync(async () => (await DeliveriesAsync(id)).FirstOrDefault(d => d.Status == status));
}
