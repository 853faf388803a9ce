using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Slipway.Registry.Api.Audit;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Webhooks;

public sealed class WebhooksApiTests(WebhooksFixture open, RegistryFixture closed)
    : IClassFixture<WebhooksFixture>,
        IClassFixture<RegistryFixture>
{
    private const string Events = """[{"entity":"MODEL_VERSION","action":"CREATED"}]""";

    /// <summary>As it comes: https only, and nothing but the public internet.</summary>
    private readonly RegistryHost _host = closed.Host;

    [Fact]
    public async Task Webhook_IsCreatedReadListedUpdatedAndDeleted()
    {
        var (_, created) = await _host.PostAsync(
            "webhooks",
            $$"""{"name":"One.hook","url":"https://192.0.0.9.nip.invalid/webhook","description":"d","events":{{Events}},"secret":"s"}"""
        );
        var id = (string)created["webhook"]!["webhook_id"]!;
        var (_, read) = await _host.GetAsync($"webhooks/{id}");
        await _host.PostAsync("webhooks", $$"""{"name":"two","url":"https://unknown.invalid/","events":{{Events}}}""");
        var (_, firstPage) = await _host.GetAsync("webhooks?max_results=1");
        var (_, secondPage) = await _host.GetAsync(
            $"webhooks?max_results=1&page_token={Uri.EscapeDataString((string)firstPage["next_page_token"]!)}"
        );
        var (_, updated) = await _host.SendAsync(
            HttpMethod.Patch,
            $"webhooks/{id}",
            """{"name":"renamed","status":"DISABLED","events":[{"entity":"MODEL_VERSION_ALIAS","action":"CREATED"},{"entity":"MODEL_VERSION","action":"CREATED"}]}"""
        );

        Assert.Equal(created.ToJsonString(), read.ToJsonString());
        Assert.Equal(
            ["webhook_id", "name", "description", "url", "events", "status", "creation_timestamp", "last_updated_timestamp"],
            created["webhook"]!.AsObject().Select(m => m.Key)
        );
        Assert.Equal("ACTIVE", (string?)created["webhook"]!["status"]);
        Assert.Equal(Events, created["webhook"]!["events"]!.ToJsonString());
        Assert.Equal(["two", "One.hook"], new[] { firstPage, secondPage }.Select(p => (string?)p["webhooks"]![0]!["name"]));
        Assert.Null((await _host.GetAsync("webhooks?max_results=1000")).Body["next_page_token"]);
        Assert.Equal(("renamed", "DISABLED", "d"), Fields(updated));
        Assert.Equal(2, updated["webhook"]!["events"]!.AsArray().Count);
        Assert.True((long)updated["webhook"]!["last_updated_timestamp"]! > (long)created["webhook"]!["last_updated_timestamp"]!);

        var (deleted, _) = await _host.SendAsync(HttpMethod.Delete, $"webhooks/{id}");
        var (missing, error) = await _host.GetAsync($"webhooks/{id}");
        Assert.Equal((200, 404), (deleted, missing));
        Assert.Equal($"Webhook with ID {id} not found.", (string?)error["message"]);

        static (string?, string?, string?) Fields(JsonObject answer) =>
            ((string?)answer["webhook"]!["name"], (string?)answer["webhook"]!["status"], (string?)answer["webhook"]!["description"]);
    }

    [Theory]
    [InlineData("GET", "webhooks/nonexistent", null)]
    [InlineData("PATCH", "webhooks/nonexistent", """{"name":"new"}""")]
    [InlineData("DELETE", "webhooks/nonexistent", null)]
    [InlineData("POST", "webhooks/nonexistent/test", "{}")]
    public async Task UnknownWebhook_IsNotFound(string method, string route, string? body)
    {
        var (status, error) = await _host.SendAsync(new HttpMethod(method), route, body);

        Assert.Equal((404, "RESOURCE_DOES_NOT_EXIST"), (status, (string?)error["error_code"]));
        Assert.Equal("Webhook with ID nonexistent not found.", (string?)error["message"]);
    }

    [Theory]
    [InlineData("", "https://a.invalid", Events, "Missing value for required parameter 'name'")]
    [InlineData("   ", "https://a.invalid", Events, "Webhook name cannot be empty or just whitespace")]
    [InlineData("-a", "https://a.invalid", Events, "Invalid webhook name")]
    [InlineData("a b", "https://a.invalid", Events, "Invalid webhook name")]
    [InlineData("a\\n", "https://a.invalid", Events, "Invalid webhook name")]
    [InlineData("a", "", Events, "Missing value for required parameter 'url'")]
    [InlineData("a", "   ", Events, "Webhook URL cannot be empty or just whitespace")]
    [InlineData("a", "ftp://example.com", Events, "Invalid webhook URL scheme")]
    [InlineData("a", "http://example.com", Events, "Invalid webhook URL scheme")]
    [InlineData("a", "http://[invalid", Events, "Invalid webhook URL")]
    [InlineData("a", "/relative", Events, "Invalid webhook URL")]
    [InlineData("a", "https://user:password@a.invalid/", Events, "must not hold a user's name")]
    [InlineData("a", "https://a.invalid", "[]", "Webhook events cannot be empty")]
    [InlineData(
        "a",
        "https://a.invalid",
        """[{"entity":"MODEL_VERSION","action":"DELETED"}]""",
        "Invalid action 'deleted' for entity 'model_version'. Valid actions are: ['created']"
    )]
    [InlineData("a", "https://a.invalid", """[{"entity":"NOTHING","action":"CREATED"}]""", "Invalid entity 'NOTHING'")]
    [InlineData("a", "https://a.invalid", """[{"entity":"MODEL_VERSION"}]""", "events[0].action")]
    [InlineData("a", "https://a.invalid", """[{"entity":"SLIPWAY_NOTHING","action":"CREATED"}]""", "Invalid entity 'SLIPWAY_NOTHING'")]
    [InlineData("a", "https://a.invalid", """[{"entity":"slipway_","action":"created"}]""", "Invalid entity 'slipway_'")]
    [InlineData(
        "a",
        "https://a.invalid",
        """[{"entity":"SLIPWAY_PROMOTION","action":"NOTHING"}]""",
        "Invalid action 'nothing' for entity 'slipway_promotion'. Valid actions are: ['approved', 'commented', 'decided', 'evaluated', 'requested']"
    )]
    [InlineData(
        "a",
        "https://a.invalid",
        """[{"entity":"SLIPWAY_MODEL_VERSION","action":"CREATED"}]""",
        "Invalid action 'created' for entity 'slipway_model_version'. Valid actions are: ['deleted', 'stage_changed', 'updated']"
    )]
    [InlineData(
        "a",
        "https://a.invalid",
        """[{"entity":"SLIPWAY_MODEL_VERSION_TAG","action":"SET"}]""",
        "Invalid entity 'SLIPWAY_MODEL_VERSION_TAG'"
    )]
    public async Task Create_WithWhatCannotBe_IsRefused(string name, string url, string events, string message)
    {
        var (status, error) = await _host.PostAsync("webhooks", $$"""{"name":"{{name}}","url":"{{url}}","events":{{events}}}""");

        Assert.Equal((400, "INVALID_PARAMETER_VALUE"), (status, (string?)error["error_code"]));
        Assert.Contains(message, (string?)error["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_WithEveryEventOfTheAuditLog_IsTaken()
    {
        // What MLflow has names for is sent under those.
        string[] ofMlflow =
        [
            "registered_model.created",
            "model_version.created",
            "model_version_tag.set",
            "model_version_tag.deleted",
            "model_version_alias.created",
            "model_version_alias.deleted",
        ];
        foreach (var entity in AuditActions.Entities.Except(["model_version_tag", "model_version_alias"]))
        {
            var events = AuditActions
                .VerbsOf(entity)!
                .Where(verb => !ofMlflow.Contains($"{entity}.{verb}"))
                .Select(verb => $$"""{"entity":"SLIPWAY_{{entity.ToUpperInvariant()}}","action":"{{verb.ToUpperInvariant()}}"}""");
            var list = $"[{string.Join(',', events)}]";

            var created = await _host.PostOkAsync("webhooks", $$"""{"name":"own","url":"https://a.invalid","events":{{list}}}""");

            Assert.Equal(list, created["webhook"]!["events"]!.ToJsonString());
        }
    }

    [Theory]
    [InlineData("https://localhost/x")]
    [InlineData("https://127.0.0.1/x")]
    [InlineData("https://127.1/x")]
    [InlineData("https://2130706433/x")]
    [InlineData("https://0x7f000001/x")]
    [InlineData("https://0177.0.0.1/x")]
    [InlineData("https://0/x")]
    [InlineData("https://[::1]/x")]
    [InlineData("https://[::ffff:127.0.0.1]/x")]
    [InlineData("https://[::ffff:a9fe:a9fe]/x")]
    [InlineData("https://[64:ff9b::7f00:1]/x")]
    [InlineData("https://[2002:7f00:1::]/x")]
    [InlineData("https://[fe80::1]/x")]
    [InlineData("https://[fd00:ec2::254]/x")]
    [InlineData("https://10.0.0.1/x")]
    [InlineData("https://172.31.255.255/x")]
    [InlineData("https://192.168.1.1/x")]
    [InlineData("https://169.254.169.254/latest/meta-data/")]
    [InlineData("https://100.100.100.200/x")]
    [InlineData("https://255.255.255.255/x")]
    public async Task Url_ThatIsNotPublic_IsRefusedAtCreateAndUpdate(string url)
    {
        var (created, error) = await _host.PostAsync("webhooks", $$"""{"name":"a","url":"{{url}}","events":{{Events}}}""");
        var (_, good) = await _host.PostAsync("webhooks", $$"""{"name":"a","url":"https://a.invalid/","events":{{Events}}}""");
        var (updated, _) = await _host.SendAsync(HttpMethod.Patch, $"webhooks/{good["webhook"]!["webhook_id"]}", $$"""{"url":"{{url}}"}""");

        Assert.Equal((400, 400), (created, updated));
        Assert.Contains("must not resolve to a private", (string?)error["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Test_SendsTheExampleOfTheEventAndTellsTheAnswer()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = async (http, received) =>
        {
            http.Response.StatusCode = received.Path == "/wrong" ? 404 : 200;
            await http.Response.WriteAsync(new string('x', 10_000));
        };
        const string Two = """[{"entity":"MODEL_VERSION","action":"CREATED"},{"entity":"MODEL_VERSION_TAG","action":"SET"}]""";
        var (_, good) = await open.Host.PostAsync("webhooks", $$"""{"name":"a","url":"{{receiver.Url()}}","events":{{Two}}}""");
        var (_, wrong) = await open.Host.PostAsync("webhooks", $$"""{"name":"a","url":"{{receiver.Url("/wrong")}}","events":{{Two}}}""");

        var (_, first) = await open.Host.PostAsync($"webhooks/{good["webhook"]!["webhook_id"]}/test", "{}");
        var (_, second) = await open.Host.PostAsync(
            $"webhooks/{good["webhook"]!["webhook_id"]}/test",
            """{"event":{"entity":"MODEL_VERSION_TAG","action":"SET"}}"""
        );
        var (_, third) = await open.Host.PostAsync($"webhooks/{wrong["webhook"]!["webhook_id"]}/test", "{}");

        Assert.Equal((true, 200), ((bool)first["result"]!["success"]!, (int)first["result"]!["response_status"]!));
        Assert.Equal(4096, ((string)first["result"]!["response_body"]!).Length);
        Assert.Null(first["result"]!["error_message"]);
        Assert.Equal((false, 404), ((bool)third["result"]!["success"]!, (int)third["result"]!["response_status"]!));
        Assert.True((bool)second["result"]!["success"]!);
        Assert.Equal(
            """{"name":"example_model","version":"1","source":"models:/123","run_id":"abcd1234abcd5678","tags":{"example_key":"example_value"},"description":"An example model version"}""",
            receiver.All[0].Json["data"]!.ToJsonString()
        );
        Assert.Equal(
            """{"name":"example_model","version":"1","key":"example_key","value":"example_value"}""",
            receiver.All[1].Json["data"]!.ToJsonString()
        );
    }

    [Fact]
    public async Task Routes_AlsoStandUnderMlflowsOtherPrefix()
    {
        using var answer = await _host.Http.GetAsync(new Uri("ajax-api/2.0/mlflow/webhooks", UriKind.Relative));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }
}
