using System.Text.Json.Nodes;

namespace Slipway.Registry.Api.Tests.Support;

/// <summary>Short ways to make requests and to look into answers.</summary>
internal static class Json
{
    public static async Task<JsonObject> OkAsync(this RegistryHost host, HttpMethod method, string route, string? json = null)
    {
        var (status, body) = await host.SendAsync(method, route, json);
        Assert.True(status == 200, $"{method} {route} answered {status}: {body}");
        return body;
    }

    public static Task<JsonObject> PostOkAsync(this RegistryHost host, string route, string json) =>
        host.OkAsync(HttpMethod.Post, route, json);

    public static Task<JsonObject> GetOkAsync(this RegistryHost host, string route) => host.OkAsync(HttpMethod.Get, route);

    /// <summary>Expects a refusal with this code and these words.</summary>
    public static async Task RefusedAsync(
        this RegistryHost host,
        HttpMethod method,
        string route,
        string? json,
        (int Status, string Code) expected,
        string words
    )
    {
        var (status, body) = await host.SendAsync(method, route, json);
        Assert.Equal(expected, (status, (string?)body["error_code"]));
        Assert.Contains(words, (string)body["message"]!, StringComparison.Ordinal);
    }

    public static string Text(this JsonNode node, params string[] path) =>
        (string)path.Aggregate(node, (at, name) => at[name] ?? throw new InvalidOperationException($"No '{name}' in {node}"))!;

    public static IEnumerable<JsonNode> List(this JsonNode node, params string[] path) =>
        path.Aggregate((JsonNode?)node, (at, name) => at?[name])?.AsArray().Select(item => item!) ?? [];

    public static async Task<string> NewExperimentAsync(this RegistryHost host) =>
        (await host.PostOkAsync("experiments/create", $$"""{"name":"{{Guid.NewGuid():N}}"}""")).Text("experiment_id");

    public static async Task<string> NewRunAsync(this RegistryHost host, string experiment = "0") =>
        (await host.PostOkAsync("runs/create", $$"""{"experiment_id":"{{experiment}}"}""")).Text("run", "info", "run_id");
}
