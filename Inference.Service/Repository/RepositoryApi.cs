using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.Repository;

/// <summary>The REST routes of the model repository extension. The part of the path that names one of several repositories is accepted and means nothing.</summary>
internal static class RepositoryApi
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var prefix in new[] { "/v2/repository", "/v2/repository/{repository}" })
        {
            routes.MapPost(prefix + "/index", IndexAsync);
            routes.MapPost(prefix + "/models/{name}/load", LoadAsync);
            routes.MapPost(prefix + "/models/{name}/unload", UnloadAsync);
        }
    }

    private static async Task<JsonHttpResult<IReadOnlyList<RepositoryIndexEntry>>> IndexAsync(
        HttpContext context,
        IRepositoryControl control,
        IOptions<RepositoryOptions> options
    )
    {
        using var body = await ReadAsync(context, options.Value);
        var readyOnly = body?.RootElement.TryGetProperty("ready", out var ready) is true && ReadFlag(ready, "ready");
        return TypedResults.Json(control.Index(readyOnly), RepositoryJson.Default.IReadOnlyListRepositoryIndexEntry);
    }

    private static async Task<Ok> LoadAsync(
        HttpContext context,
        string name,
        IRepositoryControl control,
        IOptions<RepositoryOptions> options
    )
    {
        using var body = await ReadAsync(context, options.Value);
        await control.LoadAsync(ReadLoad(name, body), context.RequestAborted);
        return TypedResults.Ok();
    }

    private static async Task<Ok> UnloadAsync(
        HttpContext context,
        string name,
        IRepositoryControl control,
        IOptions<RepositoryOptions> options
    )
    {
        using var body = await ReadAsync(context, options.Value);
        var dependents = Parameters(body).Where(parameter => parameter.Name == "unload_dependents").Select(p => (JsonElement?)p.Value);
        await control.UnloadAsync(
            name,
            dependents.LastOrDefault() is { } flag && ReadFlag(flag, "unload_dependents"),
            context.RequestAborted
        );
        return TypedResults.Ok();
    }

    private static RepositoryLoad ReadLoad(string name, JsonDocument? body)
    {
        string? configuration = null;
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var parameter in Parameters(body))
        {
            if (parameter.Name == "config")
            {
                configuration =
                    parameter.Value.ValueKind == JsonValueKind.String
                        ? parameter.Value.GetString()
                        : throw RequestRefusedException.BadRequest("parameter 'config' must be a string that holds JSON");
            }
            else if (parameter.Name.StartsWith("file:", StringComparison.Ordinal))
            {
                files[parameter.Name["file:".Length..]] =
                    parameter.Value.ValueKind == JsonValueKind.String && parameter.Value.TryGetBytesFromBase64(out var content)
                        ? content
                        : throw RequestRefusedException.BadRequest($"parameter '{parameter.Name}' must be a string in base64");
            }
        }
        return new RepositoryLoad(name, configuration, files);
    }

    private static JsonElement.ObjectEnumerator Parameters(JsonDocument? body) =>
        body is null || !body.RootElement.TryGetProperty("parameters", out var parameters) ? default
        : parameters.ValueKind == JsonValueKind.Object ? parameters.EnumerateObject()
        : throw RequestRefusedException.BadRequest("'parameters' must be an object");

    private static bool ReadFlag(JsonElement value, string name) =>
        value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw RequestRefusedException.BadRequest($"'{name}' must be true or false"),
        };

    // Base64 takes four bytes for three; what else is in the body is small.
    private static Task<JsonDocument?> ReadAsync(HttpContext context, RepositoryOptions options) =>
        JsonObjectBody.ReadAsync(context, (int)Math.Min((options.MaxOverrideBytes / 3 * 4L) + (1 << 20), int.MaxValue));
}
