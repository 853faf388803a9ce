using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Mlflow;

/// <summary>How requests of MLflow's API may be written, whatever they ask for.</summary>
public sealed class ProtocolTests(RegistryFixture fixture) : IClassFixture<RegistryFixture>
{
    private readonly RegistryHost _host = fixture.Host;

    [Theory]
    [InlineData("api/2.0/preview/mlflow/experiments/list")]
    [InlineData("api/2.0/preview/mlflow/runs/get")]
    [InlineData("api/2.0/mlflow/experiments/list")]
    [InlineData("api/2.0/mlflow/registered-models/list")]
    [InlineData("api/2.0/mlflow/traces")]
    [InlineData("api/3.0/mlflow/traces/search")]
    [InlineData("api/3.0/mlflow/scorers/list")]
    [InlineData("api/3.0/mlflow/datasets/search")]
    [InlineData("api/2.0/mlflow/gateway-proxy")]
    [InlineData("ajax-api/2.0/mlflow/runs/create-promptlab-run")]
    [InlineData("ajax-api/2.0/mlflow/gateway-proxy")]
    public async Task Route_GoneOrOptional_IsAnEndpointThatIsNotThere(string path)
    {
        foreach (var method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Post])
        {
            using var request = new HttpRequestMessage(method, path);
            using var response = await _host.Http.SendAsync(request);

            Assert.Equal(404, (int)response.StatusCode);
            Assert.Equal("ENDPOINT_NOT_FOUND", (await response.Content.ReadFromJsonAsync<JsonNode>())!.Text("error_code"));
        }
    }

    [Theory]
    [InlineData("api/3.0/mlflow/server-info")]
    [InlineData("ajax-api/3.0/mlflow/server-info")]
    public async Task ServerInfo_SaysWhatStoreThisIs(string path) =>
        Assert.Equal(
            """{"store_type":"SqlStore","workspaces_enabled":false}""",
            await _host.Http.GetStringAsync(new Uri(path, UriKind.Relative))
        );

    [Fact]
    public async Task Get_WithoutQuery_IsReadFromItsBody()
    {
        var body = await _host.OkAsync(HttpMethod.Get, "experiments/get", """{"experiment_id":"0"}""");

        Assert.Equal("Default", body.Text("experiment", "name"));
    }

    [Fact]
    public async Task Get_BoolThatIsNone_IsRefused() =>
        await _host.RefusedAsync(
            HttpMethod.Get,
            "logged-models/m-1?allow_deleted=yes",
            null,
            (400, "INVALID_PARAMETER_VALUE"),
            "for parameter 'allow_deleted' supplied"
        );

    [Theory]
    [InlineData("POST", "registered-models/create", "application/json; charset=utf-8", 200)]
    [InlineData("POST", "registered-models/create", "application/x-www-form-urlencoded", 400)]
    [InlineData("PATCH", "registered-models/update", "text/plain", 200)]
    [InlineData("PATCH", "registered-models/update", null, 200)]
    [InlineData("DELETE", "registered-models/delete-tag", "text/plain", 200)]
    [InlineData("DELETE", "registered-models/delete-tag", null, 200)]
    public async Task ContentType_IsAskedForOfPostAlone(string method, string route, string? contentType, int status)
    {
        var name = $"content-{Guid.NewGuid():N}";
        if (method != "POST")
        {
            await _host.PostOkAsync("registered-models/create", $$"""{"name":"{{name}}"}""");
        }
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes($$"""{"name":"{{name}}","key":"k"}"""));
        content.Headers.ContentType = contentType is null ? null : MediaTypeHeaderValue.Parse(contentType);
        using var request = new HttpRequestMessage(new HttpMethod(method), $"api/2.0/mlflow/{route}") { Content = content };
        using var response = await _host.Http.SendAsync(request);

        Assert.Equal(status, (int)response.StatusCode);
    }

    [Theory]
    [InlineData("runs/log-metric", "{bad", "'run_id'")]
    [InlineData("registered-models/create", "5", "'name'")]
    [InlineData("registered-models/create", "null", "'name'")]
    [InlineData("registered-models/create", "[1]", "'name'")]
    [InlineData("logged-models", "\"{\"", "'experiment_id'")]
    public async Task Post_WhatIsNoObject_LacksItsFirstParameter(string route, string json, string member) =>
        await _host.RefusedAsync(
            HttpMethod.Post,
            route,
            json,
            (400, "INVALID_PARAMETER_VALUE"),
            $"Missing value for required parameter {member}"
        );

    [Fact]
    public async Task LogMetric_Int64AndDoubleAsText_AreNumbers()
    {
        var run = await _host.NewRunAsync();
        await _host.PostOkAsync(
            "runs/log-metric",
            $$"""{"runId":"{{run}}","key":"m","value":"1.5","timestamp":"9007199254740993","step":"-7"}"""
        );

        var metric = (await _host.GetOkAsync($"runs/get?run_id={run}")).List("run", "data", "metrics").Single();

        Assert.Equal("""{"key":"m","value":1.5,"timestamp":9007199254740993,"step":-7}""", metric.ToJsonString());
    }

    [Theory]
    [InlineData("experiments/search?max_results=1&order_by=name", "experiments")]
    [InlineData("registered-models/search?max_results=1", "registered_models")]
    [InlineData("model-versions/search?max_results=1", "model_versions")]
    public async Task Search_TokenOfMlflowsOwnServer_IsAnOffset(string route, string list)
    {
        var name = $"offset-{Guid.NewGuid():N}";
        await _host.PostOkAsync("experiments/create", $$"""{"name":"{{name}}"}""");
        await _host.PostOkAsync("registered-models/create", $$"""{"name":"{{name}}"}""");
        await _host.PostOkAsync("registered-models/create", $$"""{"name":"{{name}}-2"}""");
        await _host.PostOkAsync("model-versions/create", $$"""{"name":"{{name}}","source":"s3://bucket/a"}""");
        await _host.PostOkAsync("model-versions/create", $$"""{"name":"{{name}}","source":"s3://bucket/a"}""");
        var first = await _host.GetOkAsync(route);
        var next = await _host.GetOkAsync($"{route}&page_token={Uri.EscapeDataString(first.Text("next_page_token"))}");

        // {"offset": 1}
        var second = await _host.GetOkAsync($"{route}&page_token=eyJvZmZzZXQiOiAxfQ==");

        Assert.Equal(next.List(list).Single().ToJsonString(), second.List(list).Single().ToJsonString());
        await _host.RefusedAsync(
            HttpMethod.Get,
            $"{route}&page_token=bm8ganNvbg==",
            null,
            (400, "INVALID_PARAMETER_VALUE"),
            "Invalid page token"
        );
    }

    [Theory]
    [InlineData("registered-models/search?filter=name%3D%27none%27")]
    [InlineData("model-versions/search?filter=name%3D%27none%27")]
    [InlineData("experiments/search?max_results=5&filter=name%3D%27none%27")]
    [InlineData("webhooks")]
    public async Task List_OfNothing_IsAnEmptyObject(string route) => Assert.Equal("{}", (await _host.GetOkAsync(route)).ToJsonString());

    [Theory]
    [InlineData("experiments/search", "0", 400)]
    [InlineData("experiments/search", "-1", 400)]
    [InlineData("experiments/search", "50000", 200)]
    [InlineData("experiments/search", "50001", 400)]
    [InlineData("registered-models/search", "0", 400)]
    [InlineData("registered-models/search", "-1", 400)]
    [InlineData("registered-models/search", "1000", 200)]
    [InlineData("registered-models/search", "1001", 400)]
    [InlineData("model-versions/search", "0", 400)]
    [InlineData("model-versions/search", "-1", 400)]
    [InlineData("model-versions/search", "200000", 200)]
    [InlineData("model-versions/search", "200001", 400)]
    [InlineData("webhooks", "0", 400)]
    [InlineData("webhooks", "-1", 400)]
    [InlineData("webhooks", "1000", 200)]
    [InlineData("webhooks", "1001", 400)]
    [InlineData("metrics/get-history-bulk-interval?run_ids=a&metric_key=m", "0", 400)]
    [InlineData("metrics/get-history-bulk-interval?run_ids=a&metric_key=m", "2500", 200)]
    [InlineData("metrics/get-history-bulk-interval?run_ids=a&metric_key=m", "2501", 400)]
    public async Task MaxResults_OfAGet_HasItsLimits(string route, string maxResults, int status)
    {
        var (actual, body) = await _host.GetAsync(
            $"{route}{(route.Contains('?', StringComparison.Ordinal) ? '&' : '?')}max_results={maxResults}"
        );

        Assert.Equal(status, actual);
        Assert.Equal(status == 200 ? null : "INVALID_PARAMETER_VALUE", (string?)body["error_code"]);
    }

    [Theory]
    [InlineData("runs/search", "0", 400)]
    [InlineData("runs/search", "-1", 400)]
    [InlineData("runs/search", "50000", 200)]
    [InlineData("runs/search", "50001", 400)]
    [InlineData("logged-models/search", "0", 400)]
    [InlineData("logged-models/search", "1000", 200)]
    public async Task MaxResults_OfAPost_HasItsLimits(string route, string maxResults, int status)
    {
        var (actual, _) = await _host.PostAsync(route, $$"""{"experiment_ids":["0"],"max_results":{{maxResults}}}""");

        Assert.Equal(status, actual);
    }
}
