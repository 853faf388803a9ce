using System.Text.Json.Nodes;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Access;

/// <summary>What a caller reaches through other objects, and what lists and searches show.</summary>
public sealed class ObjectAccessTests(AccessHost host) : IClassFixture<AccessHost>
{
    private const string Api = "api/2.0/mlflow";

    [Theory]
    [InlineData("GET", $"{Api}/registered-models/search")]
    [InlineData("GET", $"{Api}/model-versions/search")]
    [InlineData("GET", $"{Api}/experiments/search?max_results=100")]
    [InlineData("POST", $"{Api}/runs/search")]
    [InlineData("GET", "ajax-api/2.0/mlflow/registered-models/search")]
    [InlineData("POST", "ajax-api/2.0/mlflow/runs/search")]
    [InlineData("GET", "api/v1/models")]
    [InlineData("GET", "api/v1/promotions")]
    [InlineData("GET", "api/v1/endpoints")]
    public async Task Lists_ShowPermittedRowsOnly(string method, string path)
    {
        using var reader = host.Basic("reader");
        using var nobody = host.Basic("nobody");
        object? body = method == "POST" ? new { experiment_ids = host.Experiments.Values } : null;

        var (status, all) = await AccessHost.SendAsync(host.Admin, new HttpMethod(method), path, body);
        var (_, some) = await AccessHost.SendAsync(reader, new HttpMethod(method), path, body);
        var (_, none) = await AccessHost.SendAsync(nobody, new HttpMethod(method), path, body);

        Assert.Equal(200, status);
        if (!path.EndsWith("promotions", StringComparison.Ordinal) && !path.EndsWith("endpoints", StringComparison.Ordinal))
        {
            Assert.True(Shows(all, "churn-a") && Shows(all, "fraud-a"), all);
            Assert.True(Shows(some, "fraud-a"), some);
        }
        Assert.False(Shows(some, "churn-a"), some);
        Assert.False(Shows(none, "churn-a") || Shows(none, "fraud-a"), none);
    }

    [Fact]
    public async Task Search_Pages_CountPermittedRowsAlone()
    {
        for (var i = 0; i < 4; i++)
        {
            await AccessHost.PostAsync(host.Admin, "registered-models/create", new { name = $"churn-page-{i}" });
        }
        await AccessHost.PostAsync(host.Admin, "registered-models/create", new { name = "fraud-page" });
        using var reader = host.Basic("reader");

        var (_, first) = await AccessHost.SendAsync(reader, HttpMethod.Get, $"{Api}/registered-models/search?max_results=1");
        var token = (string)JsonNode.Parse(first)!["next_page_token"]!;
        var (_, second) = await AccessHost.SendAsync(
            reader,
            HttpMethod.Get,
            $"{Api}/registered-models/search?max_results=1&page_token={Uri.EscapeDataString(token)}"
        );

        Assert.Equal("fraud-a", (string)JsonNode.Parse(first)!["registered_models"]![0]!["name"]!);
        Assert.Equal("fraud-page", (string)JsonNode.Parse(second)!["registered_models"]![0]!["name"]!);
        Assert.Null(JsonNode.Parse(second)!["next_page_token"]);
    }

    [Fact]
    public async Task CreateVersion_FromFilesOfOthers_IsDenied()
    {
        using var trainer = host.Basic("trainer");
        string[] foreign =
        [
            $"runs:/{host.Runs["churn-a"]}/model",
            $"mlflow-artifacts:/{host.ArtifactFolder("churn-a")}",
            "models:/churn-a/1",
            "models:/churn-a@champion",
            "mlflow-artifacts:/elsewhere",
        ];
        foreach (var source in foreign)
        {
            var (status, _) = await AccessHost.SendAsync(
                trainer,
                HttpMethod.Post,
                $"{Api}/model-versions/create",
                new { name = "fraud-a", source }
            );
            Assert.True(status == 403, $"{source}: {status}");
        }
        Assert.Equal(
            200,
            (
                await AccessHost.SendAsync(
                    trainer,
                    HttpMethod.Post,
                    $"{Api}/model-versions/create",
                    new { name = "fraud-a", source = $"runs:/{host.Runs["fraud-a"]}/model" }
                )
            ).Status
        );
    }

    [Theory]
    [InlineData("experiments/create", """{"name":"fraud-b","artifact_location":"mlflow-artifacts:/1/x"}""")]
    [InlineData("experiments/create", """{"name":"churn-b"}""")]
    [InlineData("registered-models/create", """{"name":"churn-b"}""")]
    [InlineData("registered-models/rename", """{"name":"fraud-a","new_name":"churn-c"}""")]
    [InlineData("registered-models/rename", """{"name":"churn-a","newName":"fraud-c"}""")]
    [InlineData("registered-models/set-tag", """{"name":"churn-a","key":"k","value":"v"}""")]
    [InlineData("runs/create", """{}""")]
    public async Task Trainer_OutsideItsNames_IsDenied(string route, string json)
    {
        using var trainer = host.Basic("trainer");

        var (status, body) = await AccessHost.SendAsync(trainer, HttpMethod.Post, $"{Api}/{route}", JsonNode.Parse(json));

        Assert.Equal(403, status);
        Assert.Equal("PERMISSION_DENIED", (string?)JsonNode.Parse(body)!["error_code"]);
    }

    [Fact]
    public async Task Run_UnderEitherOfItsNames_IsChecked()
    {
        using var trainer = host.Basic("trainer");
        var (own, foreign) = (host.Runs["fraud-a"], host.Runs["churn-a"]);
        object[] bodies =
        [
            new
            {
                run_id = foreign,
                key = "k",
                value = "v",
            },
            new
            {
                run_uuid = foreign,
                key = "k",
                value = "v",
            },
            new
            {
                runId = foreign,
                key = "k",
                value = "v",
            },
            new
            {
                run_id = own,
                run_uuid = foreign,
                key = "k",
                value = "v",
            },
            new
            {
                run_id = foreign,
                run_uuid = own,
                key = "k",
                value = "v",
            },
        ];
        foreach (var body in bodies)
        {
            // What stands in the query is not what the handler of a POST reads.
            foreach (var query in (string[])["", $"?run_id={own}"])
            {
                Assert.Equal(403, (await AccessHost.SendAsync(trainer, HttpMethod.Post, $"{Api}/runs/set-tag{query}", body)).Status);
            }
        }
        Assert.Equal(
            200,
            (
                await AccessHost.SendAsync(
                    trainer,
                    HttpMethod.Post,
                    $"{Api}/runs/set-tag",
                    new
                    {
                        run_id = own,
                        key = "k",
                        value = "v",
                    }
                )
            ).Status
        );
    }

    [Fact]
    public async Task Artifacts_OfOthers_AreNeitherReadNorWritten()
    {
        using var trainer = host.Basic("trainer");
        var path = $"api/2.0/mlflow-artifacts/artifacts/{host.ArtifactOf("churn-a")}";
        Assert.Equal(403, await AccessHost.GetAsync(trainer, path));
        Assert.Equal(
            403,
            await AccessHost.GetAsync(
                trainer,
                path.Replace("/" + host.Runs["churn-a"], "%2F" + host.Runs["churn-a"], StringComparison.Ordinal)
            )
        );
        Assert.Equal(403, (await AccessHost.SendAsync(trainer, HttpMethod.Delete, path)).Status);
        Assert.Equal(403, await AccessHost.GetAsync(trainer, $"get-artifact?run_id={host.Runs["churn-a"]}&path=model/file.txt"));
        Assert.Equal(403, await AccessHost.GetAsync(trainer, "model-versions/get-artifact?name=churn-a&version=1&path=file.txt"));
        Assert.Equal(403, await AccessHost.GetAsync(trainer, "api/2.0/mlflow-artifacts/artifacts"));
        Assert.Equal(403, await AccessHost.GetAsync(trainer, $"api/2.0/mlflow-artifacts/artifacts?path={host.Experiments["churn-a"]}/"));
        Assert.Equal(200, await AccessHost.GetAsync(trainer, $"api/2.0/mlflow-artifacts/artifacts?path={host.Experiments["fraud-a"]}/"));
        using var content = new ByteArrayContent([1]);
        using var put = await trainer.PutAsync(AccessHost.Relative("api/2.0/mlflow-artifacts/artifacts/nowhere/file"), content);
        Assert.Equal(403, (int)put.StatusCode);
    }

    [Fact]
    public async Task Endpoint_RoutesToOthersModels_IsDenied()
    {
        using var operators = host.Basic("operator");
        var (status, _) = await AccessHost.SendAsync(
            operators,
            HttpMethod.Put,
            "api/v1/endpoints/mixed",
            new
            {
                routes = new[]
                {
                    new
                    {
                        model = "fraud-a",
                        version = 1,
                        weight = 1,
                    },
                    new
                    {
                        model = "churn-a",
                        version = 1,
                        weight = 1,
                    },
                },
            }
        );
        Assert.Equal(403, status);
        // Its own model is refused for another reason: it is not vetted.
        var (own, _) = await AccessHost.SendAsync(
            operators,
            HttpMethod.Put,
            "api/v1/endpoints/own",
            new
            {
                routes = new[]
                {
                    new
                    {
                        model = "fraud-a",
                        version = 1,
                        weight = 1,
                    },
                },
            }
        );
        Assert.NotEqual(403, own);
    }

    [Fact]
    public async Task Promotion_OfOthersModel_IsDenied()
    {
        using var trainer = host.Basic("trainer");
        var request = new
        {
            model = "churn-a",
            version = 1,
            environment = "production",
        };
        Assert.Equal(403, (await AccessHost.SendAsync(trainer, HttpMethod.Post, "api/v1/promotions", request)).Status);
        Assert.Equal(
            403,
            (
                await AccessHost.SendAsync(
                    trainer,
                    HttpMethod.Post,
                    "api/v1/promotions",
                    new
                    {
                        Model = "churn-a",
                        version = 1,
                        environment = "production",
                    }
                )
            ).Status
        );
    }

    // A run's id, or the experiment's, tells whose it is.
    private bool Shows(string answer, string name) =>
        answer.Contains(name, StringComparison.Ordinal) || answer.Contains(host.Runs[name], StringComparison.Ordinal);
}
