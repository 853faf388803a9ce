using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Slipway.Contracts;
using Slipway.Contracts.Registry;
using Slipway.Contracts.Training;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Lineage;

public sealed class LineageTests
{
    private static readonly Guid s_alert = Guid.Parse("11111111-1111-1111-1111-111111111111");
    private static readonly Guid s_job = Guid.Parse("22222222-2222-2222-2222-222222222222");

    [Fact]
    public async Task Graph_GoesFromDataToPredictionsAndRoundToTheRetrainedVersion()
    {
        await using var others = await StartOthersAsync();
        var address = others.Urls.First();
        await using var host = await RegistryHost.StartAsync(
            ("services:monitoring:http:0", address),
            ("services:training:http:0", address)
        );
        var tags = new Dictionary<string, string> { ["slipway.dataset.0"] = "mlflow-artifacts:/0/rows.csv" };
        var (run, _) = await host.RegisterAsync("grown", Files.Good, tags: tags);
        await host.VettedAsync("grown", 1);
        await host.PromoteAsync(
            new PromotionRequest
            {
                Model = "grown",
                Version = 1,
                Environment = Environments.Production,
            }
        );
        var again = new Dictionary<string, string>
        {
            [RunNames.JobTag] = s_job.ToString(),
            ["slipway.dataset.0"] = "predictions:/grown?from=2026",
        };
        var (retrained, _) = await host.RegisterAsync("grown", Files.Good, tags: again);

        var graph = await GetAsync(host, "dataset:mlflow-artifacts:/0/rows.csv@");

        string[] way =
        [
            "dataset:mlflow-artifacts:/0/rows.csv@",
            $"run:{run}",
            "version:grown/1",
            "endpoint:grown",
            "predictions:grown/grown/1",
            $"alert:{s_alert}",
            $"job:{s_job}",
            $"run:{retrained}",
            "version:grown/2",
        ];
        Assert.Equal(way.Order(StringComparer.Ordinal), graph.Nodes.Select(n => n.Id).Order(StringComparer.Ordinal));
        Assert.All(way.Zip(way[1..]), step => Assert.Contains(new LineageEdge(step.First, step.Second), graph.Edges));
        Assert.Empty(graph.Notes);
        Assert.Equal("5", graph.Nodes.First(n => n.Kind == "predictions").Details["predictions"]);

        var back = await GetAsync(host, "version:grown/2", "&direction=up");
        Assert.Superset(way.ToHashSet(), back.Nodes.Select(n => n.Id).ToHashSet());
        Assert.Contains("dataset:predictions:/grown?from=2026@", back.Nodes.Select(n => n.Id));
        await host.PostAsync(
            "runs/log-inputs",
            $$$"""{"run_id":"{{{run}}}","datasets":[{"dataset":{"name":"rows@home","digest":"d1","source_type":"local","source":"s","schema":"[]"}}]}"""
        );
        var logged = await GetAsync(host, "dataset:rows@home@d1", "&direction=down&depth=1");
        Assert.Equal(["dataset:rows@home@d1", $"run:{run}"], logged.Nodes.Select(n => n.Id));
        Assert.Equal("[]", logged.Nodes[0].Details["schema"]);
        Assert.Contains(
            new LineageEdge("dataset:rows@home@d1", $"run:{run}"),
            (await GetAsync(host, "version:grown/1", "&direction=up")).Edges
        );
        var near = await GetAsync(host, "version:grown/1", "&depth=1");
        Assert.Equal(["endpoint:grown", $"run:{run}", "version:grown/1"], near.Nodes.Select(n => n.Id).Order(StringComparer.Ordinal));
        Assert.Contains(near.Notes, note => note.Contains("depth of 1", StringComparison.Ordinal));
        Assert.Equal("version:grown/1", near.Nodes[0].Id);
    }

    [Fact]
    public async Task Graph_WithNeighboursThatAreAway_SaysWhatIsMissing()
    {
        var others = await StartOthersAsync();
        var address = others.Urls.First();
        await others.DisposeAsync();
        await using var host = await RegistryHost.StartAsync(("services:monitoring:http:0", address), ("Resilience:TotalSeconds", "1"));
        await host.RegisterAsync("alone", Files.Good);
        await host.VettedAsync("alone", 1);
        await host.PromoteAsync(
            new PromotionRequest
            {
                Model = "alone",
                Version = 1,
                Environment = Environments.Production,
            }
        );

        var graph = await GetAsync(host, "version:alone/1");
        var job = await GetAsync(host, $"job:{s_job}", "&direction=down");

        Assert.Contains("endpoint:alone", graph.Nodes.Select(n => n.Id));
        Assert.Contains("monitoring service does not answer", Assert.Single(graph.Notes), StringComparison.Ordinal);
        Assert.Contains("No training service is configured", Assert.Single(job.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_OfWhatIsNotThereOrNotWellFormed_IsRefused()
    {
        await using var host = await RegistryHost.StartAsync();
        foreach (var unknown in (string[])["run:none", "version:none/1", "endpoint:none", "dataset:none@", "dataset:none@x"])
        {
            Assert.Equal(HttpStatusCode.NotFound, await StatusAsync($"?node={unknown}"));
        }
        foreach (
            var wrong in (string[])
                [
                    "",
                    "?node=run:",
                    "?node=thing:x",
                    "?node=version:x",
                    "?node=version:x/y",
                    "?node=predictions:x/1",
                    "?node=alert:x",
                    "?node=dataset:x",
                    "?node=run:%00",
                    "?node=run:x&direction=left",
                    "?node=run:x&depth=21",
                    "?node=run:x&depth=-1",
                ]
        )
        {
            Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(wrong));
        }

        async Task<HttpStatusCode> StatusAsync(string query)
        {
            using var answer = await host.Http.GetAsync(new Uri($"api/v1/lineage{query}", UriKind.Relative));
            return answer.StatusCode;
        }
    }

    private static async Task<LineageGraph> GetAsync(RegistryHost host, string node, string more = "") =>
        (
            await host.Http.GetFromJsonAsync(
                new Uri($"api/v1/lineage?node={Uri.EscapeDataString(node)}{more}", UriKind.Relative),
                ContractsJson.Default.LineageGraph
            )
        )!;

    /// <summary>Plays monitoring and training.</summary>
    private static async Task<WebApplication> StartOthersAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(async http =>
        {
            JsonObject? answer = http.Request.Path.Value switch
            {
                "/api/v1/endpoints/grown/summary" => new()
                {
                    ["endpoint"] = "grown",
                    ["versions"] = new JsonArray(
                        new JsonObject
                        {
                            ["model"] = "grown",
                            ["version"] = 1,
                            ["predictions"] = 5,
                            ["outcomes"] = 4,
                        }
                    ),
                },
                "/api/v1/alerts" => new()
                {
                    ["alerts"] = new JsonArray(
                        new JsonObject
                        {
                            ["id"] = s_alert.ToString(),
                            ["endpoint"] = "grown",
                            ["model"] = "grown",
                            ["version"] = 1,
                            ["kind"] = "accuracy",
                            ["status"] = "open",
                            ["message"] = "mae 3 instead of 1",
                            ["windowEnd"] = "2026-01-01T00:00:00Z",
                            ["raisedAt"] = "2026-01-01T00:00:00Z",
                            ["retrainingJobs"] = new JsonArray(s_job.ToString()),
                        }
                    ),
                },
                _ => null,
            };
            http.Response.StatusCode = answer is null ? 404 : 200;
            http.Response.ContentType = "application/json";
            await http.Response.WriteAsync(answer?.ToJsonString() ?? """{"code":"unknown","detail":"unknown"}""");
        });
        await app.StartAsync();
        return app;
    }
}
