using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Slipway.Training.Worker.Tests.Support;

/// <summary>
/// The part of the registry's and the monitoring service's HTTP that a job uses, in memory: it can be away, and it can do what was asked and lose the
/// answer.
/// </summary>
internal sealed class FakeRegistry : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<string> _calls = new();
    private readonly ConcurrentDictionary<string, int> _answersToLose = new();

    private FakeRegistry(WebApplication app) => _app = app;

    /// <summary>Answers 503 to everything while true.</summary>
    public bool Away { get; set; }

    public string Url => _app.Urls.Single();

    public IReadOnlyList<string> Calls => [.. _calls];

    public ConcurrentDictionary<string, JsonObject> Runs { get; } = new();

    public ConcurrentDictionary<string, byte[]> Artifacts { get; } = new();

    public ConcurrentDictionary<string, string> DatasetsOfEndpoints { get; } = new();

    public ConcurrentQueue<(string Name, string Source, string RunId)> Versions { get; } = new();

    public ConcurrentDictionary<string, JsonObject> Promotions { get; } = new();

    public ConcurrentQueue<string> LoggedModels { get; } = new();

    /// <summary>The bodies that name what runs were trained on.</summary>
    public ConcurrentQueue<JsonObject> Inputs { get; } = new();

    /// <summary>The bodies of all batches of points and params, repeated ones too.</summary>
    public ConcurrentQueue<string> Batches { get; } = new();

    /// <summary>Blobs are answered with other bytes than their address says.</summary>
    public bool SpoilBlobs { get; set; }

    /// <summary>The version of every model that has the alias production.</summary>
    public int? Production { get; set; }

    public static async Task<FakeRegistry> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var registry = new FakeRegistry(app);
        app.Use(registry.InterceptAsync);
        registry.MapMlflow(app.MapGroup("/api/2.0/mlflow"));
        registry.MapArtifacts(app);
        registry.MapOwn(app.MapGroup("/api/v1"));
        await app.StartAsync();
        return registry;
    }

    /// <summary>The next calls to a path that ends so are carried out, but their connection is cut before the answer.</summary>
    public void LoseAnswers(string pathEnd, int count = 1) => _answersToLose[pathEnd] = count;

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task InterceptAsync(HttpContext http, RequestDelegate next)
    {
        var path = http.Request.Path.Value!;
        _calls.Enqueue($"{http.Request.Method} {path}{http.Request.QueryString}");
        if (Away)
        {
            http.Response.StatusCode = 503;
            return;
        }
        var lose = _answersToLose.Keys.FirstOrDefault(end => path.EndsWith(end, StringComparison.Ordinal) && _answersToLose[end] > 0);
        if (lose is null)
        {
            await next(http);
            return;
        }
        _answersToLose[lose]--;
        var answer = http.Response.Body;
        http.Response.Body = new MemoryStream();
        await next(http);
        http.Response.Body = answer;
        http.Abort();
    }

    private void MapMlflow(Microsoft.AspNetCore.Routing.IEndpointRouteBuilder mlflow)
    {
        mlflow.MapGet("experiments/get-by-name", () => Error(404, "RESOURCE_DOES_NOT_EXIST"));
        mlflow.MapPost("experiments/create", () => Json(new JsonObject { ["experiment_id"] = "7" }));
        mlflow.MapPost(
            "runs/create",
            async (HttpRequest request) => Json(new JsonObject { ["run"] = CreateRun(await BodyAsync(request)) })
        );
        mlflow.MapPost(
            "runs/search",
            async (HttpRequest request) =>
            {
                var filter = (string)(await BodyAsync(request))["filter"]!;
                var found = Runs.Values.Where(run => filter.Contains($"'{Tags(run)["slipway.job_id"]}'", StringComparison.Ordinal));
                // As MLflow: an empty list is left out.
                var runs = new JsonArray([.. found.Select(run => run.DeepClone())]);
                return Json(runs.Count == 0 ? new JsonObject() : new JsonObject { ["runs"] = runs });
            }
        );
        mlflow.MapPost("runs/log-batch", async (HttpRequest request) => LogBatch(await BodyAsync(request)));
        mlflow.MapPost(
            "runs/log-inputs",
            async (HttpRequest request) =>
            {
                Inputs.Enqueue(await BodyAsync(request));
                return Json(new JsonObject());
            }
        );
        mlflow.MapPost("runs/set-tag", async (HttpRequest request) => SetTag(await BodyAsync(request)));
        mlflow.MapPost("runs/update", async (HttpRequest request) => Update(await BodyAsync(request)));
        mlflow.MapPost(
            "runs/log-model",
            async (HttpRequest request) =>
            {
                LoggedModels.Enqueue((string)(await BodyAsync(request))["model_json"]!);
                return Json(new JsonObject());
            }
        );
        mlflow.MapPost("registered-models/create", () => Error(400, "RESOURCE_ALREADY_EXISTS"));
        mlflow.MapPost("model-versions/create", async (HttpRequest request) => CreateVersion(await BodyAsync(request)));
    }

    private void MapArtifacts(WebApplication app)
    {
        const string route = "/api/2.0/mlflow-artifacts/artifacts/{**path}";
        app.MapPut(
            route,
            async (string path, HttpRequest request) =>
            {
                using var bytes = new MemoryStream();
                await request.Body.CopyToAsync(bytes);
                Artifacts[path] = bytes.ToArray();
                return Json(new JsonObject());
            }
        );
        app.MapGet(
            route,
            (string path) => Artifacts.TryGetValue(path, out var bytes) ? Results.Bytes(bytes) : Error(404, "RESOURCE_DOES_NOT_EXIST")
        );
    }

    private void MapOwn(Microsoft.AspNetCore.Routing.IEndpointRouteBuilder api)
    {
        api.MapGet("models/{name}", (string name) => Versions.Any(v => v.Name == name) ? Json(Model(name)) : Error(404, "not_found"));
        api.MapGet("models/{name}/versions/{version:int}", (string name, int version) => Json(Version(name, version)));
        api.MapGet(
            "blobs/{sha}",
            (string sha) => Results.Bytes(SpoilBlobs ? [1, 2, 3] : Artifacts.Values.First(bytes => Digest(bytes) == sha))
        );
        api.MapPost(
            "promotions",
            async (HttpRequest request) =>
            {
                var body = await BodyAsync(request);
                return Json(Promotions.GetOrAdd((string)body["idempotencyKey"]!, _ => Promote(body)).DeepClone());
            }
        );
        api.MapGet(
            "endpoints/{endpoint}/dataset.csv",
            (string endpoint) =>
                DatasetsOfEndpoints.TryGetValue(endpoint, out var csv) ? Results.Text(csv, "text/csv") : Error(404, "endpoint_not_found")
        );
    }

    private JsonObject CreateRun(JsonObject body)
    {
        var id = Guid.NewGuid().ToString("N");
        var run = new JsonObject
        {
            ["info"] = new JsonObject
            {
                ["run_id"] = id,
                ["experiment_id"] = (string)body["experiment_id"]!,
                ["status"] = "RUNNING",
                ["artifact_uri"] = $"mlflow-artifacts:/7/{id}/artifacts",
            },
            ["data"] = new JsonObject
            {
                ["tags"] = body["tags"]!.DeepClone(),
                ["metrics"] = new JsonArray(),
                ["params"] = new JsonArray(),
            },
        };
        Runs[id] = run;
        return (JsonObject)run.DeepClone();
    }

    private IResult LogBatch(JsonObject body)
    {
        Batches.Enqueue(body.ToJsonString());
        var data = Runs[(string)body["run_id"]!]["data"]!;
        lock (data)
        {
            foreach (var (kind, list) in new[] { ("metrics", "metrics"), ("params", "params") })
            {
                foreach (var item in body[kind] as JsonArray ?? [])
                {
                    ((JsonArray)data[list]!).Add(item!.DeepClone());
                }
            }
        }
        return Json(new JsonObject());
    }

    private IResult SetTag(JsonObject body)
    {
        var tags = (JsonArray)Runs[(string)body["run_id"]!]["data"]!["tags"]!;
        tags.Add(new JsonObject { ["key"] = (string)body["key"]!, ["value"] = (string)body["value"]! });
        return Json(new JsonObject());
    }

    private IResult Update(JsonObject body)
    {
        var info = (JsonObject)Runs[(string)body["run_id"]!]["info"]!;
        info["status"] = (string)body["status"]!;
        return Json(new JsonObject { ["run_info"] = info.DeepClone() });
    }

    private IResult CreateVersion(JsonObject body)
    {
        Versions.Enqueue(((string)body["name"]!, (string)body["source"]!, (string)body["run_id"]!));
        var version = new JsonObject { ["name"] = (string)body["name"]!, ["version"] = $"{Versions.Count}" };
        return Json(new JsonObject { ["model_version"] = version });
    }

    private JsonObject Model(string name) =>
        new()
        {
            ["name"] = name,
            ["aliases"] = Production is { } version ? new JsonObject { ["production"] = version } : new JsonObject(),
            ["versions"] = new JsonArray([.. Versions.Select((v, i) => Version(v.Name, i + 1)).Reverse()]),
        };

    private JsonObject Version(string name, int version)
    {
        var made = Versions.ElementAt(version - 1);
        var prefix = made.Source["mlflow-artifacts:/".Length..] + "/";
        var files = Artifacts
            .Where(file => file.Key.StartsWith(prefix, StringComparison.Ordinal))
            .Select(file => new JsonObject
            {
                ["path"] = file.Key[prefix.Length..],
                ["sha256"] = Digest(file.Value),
                ["sizeBytes"] = file.Value.Length,
            });
        return new JsonObject
        {
            ["version"] = version,
            ["runId"] = made.RunId,
            ["createdAt"] = "2026-01-01T00:00:00Z",
            ["vettingStatus"] = "passed",
            ["files"] = new JsonArray([.. files]),
        };
    }

    private static JsonObject Promote(JsonObject body) =>
        new()
        {
            ["id"] = Guid.NewGuid().ToString(),
            ["model"] = (string)body["model"]!,
            ["version"] = (int)body["version"]!,
            ["environment"] = (string)body["environment"]!,
            ["status"] = "pending",
            ["createdAt"] = "2026-01-01T00:00:00Z",
        };

    /// <summary>Tags of a run, the last one of a name.</summary>
    public static IReadOnlyDictionary<string, string> Tags(JsonObject run) =>
        ((JsonArray)run["data"]!["tags"]!).GroupBy(tag => (string)tag!["key"]!).ToDictionary(g => g.Key, g => (string)g.Last()!["value"]!);

    public static string Status(JsonObject run) => (string)run["info"]!["status"]!;

    private static string Digest(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static async Task<JsonObject> BodyAsync(HttpRequest request) => (JsonObject)(await JsonNode.ParseAsync(request.Body))!;

    private static IResult Json(JsonNode node) => Results.Text(node.ToJsonString(), "application/json", Encoding.UTF8);

    private static IResult Error(int status, string code) =>
        Results.Text($$"""{"error_code":"{{code}}","code":"{{code}}","message":"{{code}}"}""", "application/json", Encoding.UTF8, status);
}
