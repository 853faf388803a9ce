using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Mlflow;

/// <summary>Refusals of MLflow's API: status, code and the words that clients look for.</summary>
public sealed class ErrorShapeTests(RegistryFixture fixture) : IClassFixture<RegistryFixture>
{
    private readonly RegistryHost _host = fixture.Host;

    [Theory]
    [InlineData("GET", "runs/get", null, 400, "INVALID_PARAMETER_VALUE", "Missing value for required parameter 'run_id'")]
    [InlineData("GET", "runs/get?run_id=00000000000000000000000000000000", null, 404, "RESOURCE_DOES_NOT_EXIST", "not found")]
    [InlineData("GET", "experiments/get?experiment_id=abc", null, 400, "INVALID_PARAMETER_VALUE", "abc")]
    [InlineData("GET", "experiments/get?experiment_id=99999", null, 404, "RESOURCE_DOES_NOT_EXIST", "99999")]
    [InlineData("GET", "experiments/search", null, 400, "INVALID_PARAMETER_VALUE", "Invalid value 0")]
    [InlineData("POST", "experiments/create", "{}", 400, "INVALID_PARAMETER_VALUE", "Missing value for required parameter 'name'")]
    [InlineData("POST", "experiments/create", "not json", 400, "INVALID_PARAMETER_VALUE", "Missing value for required parameter 'name'")]
    [InlineData("POST", "experiments/create", "[]", 400, "INVALID_PARAMETER_VALUE", "Missing value for required parameter 'name'")]
    [InlineData("POST", "experiments/create", """{"name":"Default"}""", 400, "RESOURCE_ALREADY_EXISTS", "already exists")]
    [InlineData("POST", "experiments/create", """{"name":"a\u0000b"}""", 400, "INVALID_PARAMETER_VALUE", "null character")]
    [InlineData("POST", "experiments/create", """{"name":"\ud800"}""", 400, "INVALID_PARAMETER_VALUE", "Unicode")]
    [InlineData(
        "POST",
        "experiments/create",
        """{"name":"x","artifact_location":"runs:/1/a"}""",
        400,
        "INVALID_PARAMETER_VALUE",
        "Artifact location cannot be a runs:/ URI"
    )]
    [InlineData("POST", "runs/create", """{"experiment_id":"77777"}""", 404, "RESOURCE_DOES_NOT_EXIST", "77777")]
    [InlineData("POST", "runs/search", """{"experiment_ids":["abc"]}""", 400, "INVALID_PARAMETER_VALUE", "abc")]
    [InlineData("POST", "runs/search", """{"experiment_ids":["0"],"max_results":50001}""", 400, "INVALID_PARAMETER_VALUE", "50001")]
    [InlineData("POST", "runs/search", """{"experiment_ids":["0"],"page_token":"?"}""", 400, "INVALID_PARAMETER_VALUE", "page token")]
    [InlineData(
        "POST",
        "runs/search",
        """{"experiment_ids":["0"],"filter":"metrics.a = 1 OR metrics.b = 2"}""",
        400,
        "INVALID_PARAMETER_VALUE",
        "'OR'"
    )]
    [InlineData(
        "POST",
        "runs/search",
        """{"experiment_ids":["0"],"filter":"foo.a = 1"}""",
        400,
        "INVALID_PARAMETER_VALUE",
        "Invalid entity type 'foo'"
    )]
    [InlineData(
        "POST",
        "runs/search",
        """{"experiment_ids":["0"],"order_by":["metrics.a","metrics.a"]}""",
        400,
        "INVALID_PARAMETER_VALUE",
        "duplicate"
    )]
    [InlineData("POST", "runs/search", """{"experiment_ids":["0"],"run_view_type":"WRONG"}""", 400, "INVALID_PARAMETER_VALUE", "view type")]
    [InlineData("POST", "registered-models/create", "{}", 400, "INVALID_PARAMETER_VALUE", "Missing value for required parameter 'name'")]
    [InlineData("POST", "registered-models/create", """{"name":"a/b"}""", 400, "INVALID_PARAMETER_VALUE", "Invalid registered model name")]
    [InlineData("POST", "registered-models/create", """{"name":".."}""", 400, "INVALID_PARAMETER_VALUE", "Invalid registered model name")]
    [InlineData(
        "GET",
        "registered-models/get?name=none",
        null,
        404,
        "RESOURCE_DOES_NOT_EXIST",
        "Registered Model with name=none not found"
    )]
    [InlineData(
        "GET",
        "registered-models/search?filter=colour%20%3D%20%27x%27",
        null,
        400,
        "INVALID_PARAMETER_VALUE",
        "Invalid attribute key 'colour'"
    )]
    [InlineData("GET", "model-versions/get?name=none&version=x", null, 400, "INVALID_PARAMETER_VALUE", "must be an integer")]
    [InlineData("GET", "model-versions/get?name=none&version=1", null, 404, "RESOURCE_DOES_NOT_EXIST", "not found")]
    [InlineData("GET", "model-versions/search?max_results=0", null, 400, "INVALID_PARAMETER_VALUE", "max_results")]
    [InlineData(
        "POST",
        "model-versions/create",
        """{"name":"none","source":"mlflow-artifacts:/0/a"}""",
        404,
        "RESOURCE_DOES_NOT_EXIST",
        "none"
    )]
    [InlineData("POST", "experiments/create", """{"n\ud800ame":"x"}""", 400, "INVALID_PARAMETER_VALUE", "Unicode")]
    [InlineData(
        "POST",
        "runs/log-model",
        """{"run_id":"00000000000000000000000000000000","model_json":"{\"artifact\\ud800path\":1}"}""",
        400,
        "INVALID_PARAMETER_VALUE",
        "Unicode"
    )]
    [InlineData(
        "POST",
        "runs/search",
        """{"experiment_ids":["0"],"page_token":"eyJcdWQ4MDBuYW1lIjoxfQ=="}""",
        400,
        "INVALID_PARAMETER_VALUE",
        "Unicode"
    )]
    [InlineData(
        "GET",
        "registered-models/search?filter=timestamp%20%3D%20%27x%27",
        null,
        400,
        "INVALID_PARAMETER_VALUE",
        "Invalid attribute key 'timestamp' specified"
    )]
    [InlineData(
        "GET",
        "model-versions/search?filter=version_number%20%3D%20%27x%27",
        null,
        400,
        "INVALID_PARAMETER_VALUE",
        "Expected numeric value"
    )]
    [InlineData("GET", "no/such/route", null, 404, "ENDPOINT_NOT_FOUND", "No such endpoint")]
    [InlineData("DELETE", "runs/get", null, 405, "ENDPOINT_NOT_FOUND", "No such endpoint")]
    public async Task Request_Wrong_IsRefusedInMlflowsWords(
        string method,
        string route,
        string? json,
        int status,
        string code,
        string words
    )
    {
        var (actual, body) = await _host.SendAsync(new HttpMethod(method), route, json);

        Assert.Equal((status, code), (actual, (string?)body["error_code"]));
        Assert.Contains(words, (string)body["message"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "Content-Type header is missing")]
    [InlineData("text/plain", "Content-Type must be one of ['application/json']")]
    public async Task Post_WrongContentType_IsRefused(string? contentType, string words)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/2.0/mlflow/experiments/create")
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes("""{"name":"ct"}""")),
        };
        if (contentType is not null)
        {
            request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }
        using var response = await _host.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var body = await response.Content.ReadFromJsonAsync<JsonObject>();
        Assert.Contains(words, (string)body!["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Search_ThousandsOfSortKeys_IsRefused()
    {
        var keys = string.Join(',', Enumerable.Range(0, 2000).Select(i => $"\"metrics.k{i}\""));

        var (status, body) = await _host.PostAsync("runs/search", $$"""{"experiment_ids":["0"],"order_by":[{{keys}}]}""");

        Assert.Equal((400, "INVALID_PARAMETER_VALUE"), (status, (string?)body["error_code"]));
        Assert.Contains("at most 50", (string)body["message"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("runs/delete", """{"run_id":"?LONG"}""")]
    [InlineData("runs/create", """{"run_name":"LONG","tags":[{"key":"mlflow.runName","value":"x"}]}""")]
    [InlineData("runs/create", """{"user_id":"LONG"}""")]
    public async Task Refusal_OfLongText_QuotesItsBeginningOnly(string route, string json)
    {
        var (status, body) = await _host.PostAsync(route, json.Replace("LONG", new string('x', 100_000), StringComparison.Ordinal));

        Assert.Equal(400, status);
        Assert.InRange(((string)body["message"]!).Length, 10, 500);
    }

    [Fact]
    public async Task Post_BodyOverTheLimit_Is413()
    {
        var (status, body) = await _host.PostAsync("experiments/create", $$"""{"name":"{{new string('x', 21 * 1024 * 1024)}}"}""");

        Assert.Equal((413, "INVALID_PARAMETER_VALUE"), (status, (string?)body["error_code"]));
    }

    [Fact]
    public async Task Routes_UnderAjaxApi_AreTheSame()
    {
        using var found = await _host.Http.GetAsync(new Uri("ajax-api/2.0/mlflow/experiments/get?experiment_id=0", UriKind.Relative));
        using var missing = await _host.Http.GetAsync(new Uri("ajax-api/2.0/mlflow/nothing", UriKind.Relative));

        Assert.Contains("\"name\":\"Default\"", await found.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("ENDPOINT_NOT_FOUND", await missing.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"name":"camel","artifactLocation":"mlflow-artifacts:/elsewhere"}""")]
    [InlineData("\"{\\\"name\\\":\\\"twice encoded\\\"}\"")]
    [InlineData("""{"name":"unknown members","more":{"a":[1]}}""")]
    public async Task Post_ProtoJsonLeniency_IsUnderstood(string json)
    {
        var (status, body) = await _host.PostAsync("experiments/create", json);

        Assert.Equal(200, status);
        Assert.NotNull(body["experiment_id"]);
    }

    [Fact]
    public async Task Health_Version_AnswerAsMlflowDoes()
    {
        Assert.Equal("OK", await _host.Http.GetStringAsync(new Uri("health", UriKind.Relative)));
        Assert.Equal("2.17.2", await _host.Http.GetStringAsync(new Uri("version", UriKind.Relative)));
    }
}
