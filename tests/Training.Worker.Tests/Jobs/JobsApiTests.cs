using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Slipway.Contracts.Http;
using Slipway.Contracts.Training;
using Slipway.Training.Worker.Jobs;
using Slipway.Training.Worker.Storage;
using Slipway.Training.Worker.Tests.Support;

namespace Slipway.Training.Worker.Tests.Jobs;

public sealed class JobsApiTests : JobFixture
{
    private static readonly (string, string)[] s_idle = [("Training:MaxQueuedJobs", "3")];

    private const string Good = """{"datasets":["mlflow-artifacts:/a.csv"],"target":"y","trainer":"gbdt","modelName":"m"}""";

    public static TheoryData<string, string, string> BadBodies =>
        new()
        {
            { "{}", "missing_datasets", "datasets" },
            { "null", "missing_datasets", "datasets" },
            { Change("datasets", "[]"), "missing_datasets", "datasets" },
            { Change("datasets", "[null]"), "bad_dataset", "datasets[0]" },
            { Change("datasets", """["mlflow-artifacts:/a.csv","file:///etc/passwd"]"""), "bad_dataset", "datasets[1]" },
            { Change("datasets", """["http://169.254.169.254/"]"""), "bad_dataset", "datasets[0]" },
            {
                Change("datasets", $"[{string.Join(',', Enumerable.Repeat("\"mlflow-artifacts:/a\"", 65))}]"),
                "too_many_datasets",
                "datasets"
            },
            { Change("datasets", $"[\"mlflow-artifacts:/{new string('a', 3000)}\"]"), "text_too_long", "datasets[0]" },
            { Change("target", null), "missing_target", "target" },
            { Change("target", "\"  \""), "missing_target", "target" },
            { Change("target", "\"a\\u0000b\""), "control_character", "target" },
            { Change("trainer", null), "missing_trainer", "trainer" },
            { Change("trainer", "\"magic\""), "unknown_trainer", "trainer" },
            { Change("task", "\"clustering\""), "unknown_task", "task" },
            { Change("modelName", null), "missing_model_name", "modelName" },
            { Change("modelName", "\"a/b\""), "bad_model_name", "modelName" },
            { Change("modelName", "\" m\""), "bad_model_name", "modelName" },
            { Change("promoteTo", "\"staging\""), "unknown_environment", "promoteTo" },
            { Change("reason", $"\"{new string('x', 2001)}\""), "text_too_long", "reason" },
            { Change("parameters", """{"a":{}}"""), "bad_parameter", "parameters.a" },
            { Change("parameters", """{"a":null}"""), "bad_parameter", "parameters.a" },
            { Change("parameters", """{"no_such_parameter":"1"}"""), "unknown_parameter", "parameters.no_such_parameter" },
            { Change("parameters", """{"seed":"many"}"""), "parameter_out_of_range", "parameters.seed" },
        };

    [Theory]
    [MemberData(nameof(BadBodies))]
    public async Task Create_OfABadBody_NamesTheFieldAndTheMistake(string body, string code, string field)
    {
        await using var host = await StartAsync(s_idle);

        using var response = await PostAsync(host, body);

        var problem = await ProblemAsync(response, HttpStatusCode.BadRequest);
        Assert.Equal((code, field), ((string)problem["code"]!, (string)problem["field"]!));
        Assert.Equal(code, (string)problem["errors"]![0]!["code"]!);
        Assert.NotEmpty((string)problem["detail"]!);
        Assert.Empty((await host.Client.ListAsync()).Jobs);
    }

    [Theory]
    [InlineData("", 400, "invalid_json")]
    [InlineData("{", 400, "invalid_json")]
    [InlineData("[]", 400, "invalid_json")]
    [InlineData("""{"datasets":"one"}""", 400, "invalid_json")]
    [InlineData("""{"target":5}""", 400, "invalid_json")]
    [InlineData("""{"target":"a","target":"b"}""", 400, "invalid_json")]
    [InlineData("""{"target":"\ud800"}""", 400, "invalid_json")]
    [InlineData("""{"parameters":{"trees":"\ud800"}}""", 400, "bad_parameter")]
    public async Task Create_OfABodyThatIsNoJob_Is400(string body, int status, string code)
    {
        await using var host = await StartAsync(s_idle);

        using var response = await PostAsync(host, body);

        Assert.Equal(code, (string)(await ProblemAsync(response, (HttpStatusCode)status))["code"]!);
    }

    [Fact]
    public async Task Create_SeveralMistakes_ListsAllOfThem()
    {
        await using var host = await StartAsync(s_idle);

        using var response = await PostAsync(host, """{"trainer":"magic"}""");

        var problem = await ProblemAsync(response, HttpStatusCode.BadRequest);
        Assert.Equal(
            ["missing_datasets", "missing_target", "unknown_trainer", "missing_model_name"],
            ((JsonArray)problem["errors"]!).Select(error => (string)error!["code"]!)
        );
    }

    [Fact]
    public async Task Create_CallerAcceptsNoJson_GetsTheProblemAllTheSame()
    {
        await using var host = await StartAsync(s_idle);
        host.Http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));

        using var response = await PostAsync(host, "{}");

        Assert.Equal("missing_datasets", (string)(await ProblemAsync(response, HttpStatusCode.BadRequest))["code"]!);
    }

    [Fact]
    public async Task Create_AnotherContentType_Is415()
    {
        await using var host = await StartAsync(s_idle);

        using var response = await host.Http.PostAsync("api/v1/jobs", new StringContent(Good, Encoding.UTF8, "text/csv"));

        Assert.Equal("unsupported_media_type", (string)(await ProblemAsync(response, HttpStatusCode.UnsupportedMediaType))["code"]!);
    }

    [Fact]
    public async Task Create_OversizedBody_Is413()
    {
        await using var host = await StartAsync(s_idle);

        using var response = await PostAsync(host, $$"""{"reason":"{{new string('x', 2 << 20)}}"}""");

        await ProblemAsync(response, HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task Create_NumbersAndFlagsAsParameters_AreKeptAsText()
    {
        await using var host = await StartAsync(s_idle);
        await IdleAsync(host);

        using var response = await PostAsync(host, Change("parameters", """{"seed":7,"refit":true,"exclude":"id"}"""));

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        var job = Assert.Single((await host.Client.ListAsync()).Jobs);
        Assert.Equal($"/api/v1/jobs/{job.Id}", response.Headers.Location!.ToString());
        Assert.DoesNotContain("null", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(
            [("exclude", "id"), ("refit", "true"), ("seed", "7")],
            job.Request.Parameters.OrderBy(pair => pair.Key).Select(pair => (pair.Key, pair.Value))
        );
    }

    [Fact]
    public async Task Create_QueueFull_Is429UntilAJobIsCancelled()
    {
        await using var host = await StartAsync(s_idle);
        await IdleAsync(host);
        var jobs = new List<TrainingJob>();
        for (var i = 0; i < 3; i++)
        {
            jobs.Add(await host.Client.SubmitAsync(TrainingHost.Request()));
        }

        using var response = await PostAsync(host, Good);
        Assert.Equal("queue_full", (string)(await ProblemAsync(response, HttpStatusCode.TooManyRequests))["code"]!);

        await host.Client.CancelAsync(jobs[0].Id);
        await host.Client.SubmitAsync(TrainingHost.Request());
    }

    [Fact]
    public async Task List_InPages_ShowsEveryJobOnceNewestFirst()
    {
        await using var host = await StartAsync();
        await IdleAsync(host);
        var jobs = new List<Guid>();
        for (var i = 0; i < 7; i++)
        {
            jobs.Add((await host.Client.SubmitAsync(TrainingHost.Request(model: i % 2 == 0 ? "even" : "odd"))).Id);
        }

        Assert.Equal(jobs.AsEnumerable().Reverse(), await PagesAsync(host, "limit=3"));
        Assert.Equal(jobs.Where((_, i) => i % 2 == 0).Reverse(), await PagesAsync(host, "limit=1&model=even"));
        Assert.Empty(await PagesAsync(host, "status=failed"));
    }

    [Theory]
    [InlineData("api/v1/jobs?limit=0", 400, "bad_limit")]
    [InlineData("api/v1/jobs?limit=-1", 400, "bad_limit")]
    [InlineData("api/v1/jobs?limit=many", 400, "bad_limit")]
    [InlineData("api/v1/jobs?status=lost", 400, "unknown_status")]
    [InlineData("api/v1/jobs?pageToken=xyz", 400, "bad_page_token")]
    [InlineData("api/v1/jobs?model=a%00b", 400, "bad_model_name")]
    [InlineData("api/v1/jobs/none", 404, "job_not_found")]
    [InlineData("api/v1/jobs/00000000-0000-0000-0000-000000000001", 404, "job_not_found")]
    [InlineData("api/v1/jobs/00000000-0000-0000-0000-000000000001/log", 404, "job_not_found")]
    [InlineData("api/v1/jobs/00000000-0000-0000-0000-000000000001/log?tail=0", 400, "bad_tail")]
    public async Task Get_OfABadQuery_SaysWhatIsWrong(string path, int status, string code)
    {
        await using var host = await StartAsync(s_idle);

        using var response = await host.Http.GetAsync(path);

        Assert.Equal(code, (string)(await ProblemAsync(response, (HttpStatusCode)status))["code"]!);
    }

    [Fact]
    public async Task List_LimitBeyondTheCap_IsCapped()
    {
        await using var host = await StartAsync(s_idle);

        Assert.Empty((await host.Client.ListAsync(1_000_000)).Jobs);
    }

    [Fact]
    public async Task Cancel_OfAQueuedJob_EndsItAtOnceAndMayBeRepeated()
    {
        await using var host = await StartAsync(s_idle);
        await IdleAsync(host);
        var job = await host.Client.SubmitAsync(TrainingHost.Request());

        Assert.Equal(JobStatus.Cancelled, (await host.Client.CancelAsync(job.Id)).Status);
        var again = await host.Client.CancelAsync(job.Id);

        Assert.Equal(JobStatus.Cancelled, again.Status);
        Assert.NotNull(again.EndedAt);
    }

    [Fact]
    public async Task Cancel_OfAnEndedJob_Is409()
    {
        await using var host = await StartAsync();
        var job = await host.EndedAsync((await host.Client.SubmitAsync(TrainingHost.Request(ScriptedTrainer.Refuse))).Id);
        Assert.Equal(JobStatus.Failed, job.Status);

        var refusal = await Assert.ThrowsAsync<ApiException>(() => host.Client.CancelAsync(job.Id));

        Assert.Equal((HttpStatusCode.Conflict, "job_ended"), (refusal.Status, refusal.Code));
    }

    [Fact]
    public async Task Cancel_OfAnUnknownJob_Is404()
    {
        await using var host = await StartAsync(s_idle);

        Assert.Equal("job_not_found", (await Assert.ThrowsAsync<ApiException>(() => host.Client.CancelAsync(Guid.NewGuid()))).Code);
    }

    [Fact]
    public async Task Root_InABrowser_SaysWhatThisIs()
    {
        await using var host = await StartAsync(s_idle);

        Assert.Contains("Slipway training service", await host.Http.GetStringAsync("/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Jobs_DatabaseAway_Is503AndNotReadyButAlive()
    {
        // A port that nothing listens on.
        await using var host = await TrainingHost.StartAsync("Host=127.0.0.1;Port=1;Username=x;Password=x;Timeout=2", Registry.Url);

        using var list = await host.Http.GetAsync("api/v1/jobs");
        using var create = await PostAsync(host, Good);
        using var live = await host.Http.GetAsync("health/live");
        using var ready = await host.Http.GetAsync("health/ready");

        Assert.Equal("database_unavailable", (string)(await ProblemAsync(list, HttpStatusCode.ServiceUnavailable))["code"]!);
        Assert.Equal("database_unavailable", (string)(await ProblemAsync(create, HttpStatusCode.ServiceUnavailable))["code"]!);
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
    }

    private static string Change(string field, string? value)
    {
        var body = (JsonObject)JsonNode.Parse(Good)!;
        body.Remove(field);
        if (value is null)
        {
            return body.ToJsonString();
        }
        // As text: some of the values must reach the service as they stand.
        var rest = body.ToJsonString();
        return $"{rest[..^1]},\"{field}\":{value}}}";
    }

    /// <summary>Stops the job loop, so that jobs stay queued.</summary>
    private static async Task IdleAsync(TrainingHost host)
    {
        await host.Services.GetServices<IHostedService>().OfType<JobWorker>().Single().StopAsync(default);
    }

    private static async Task<List<Guid>> PagesAsync(TrainingHost host, string query)
    {
        var found = new List<Guid>();
        string? token = null;
        do
        {
            var json = JsonNode.Parse(await host.Http.GetStringAsync($"api/v1/jobs?{query}&pageToken={token}"))!;
            found.AddRange(((JsonArray)json["jobs"]!).Select(job => (Guid)job!["id"]!));
            token = (string?)json["nextPageToken"];
        } while (token is not null);
        return found;
    }

    private static async Task<HttpResponseMessage> PostAsync(TrainingHost host, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        return await host.Http.PostAsync("api/v1/jobs", content);
    }

    private static async Task<JsonNode> ProblemAsync(HttpResponseMessage response, HttpStatusCode status)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == status, $"{response.StatusCode}: {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        return JsonNode.Parse(text)!;
    }
}
