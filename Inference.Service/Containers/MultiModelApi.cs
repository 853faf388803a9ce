using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.Repository;

namespace Slipway.Inference.Service.Containers;

/// <summary>
/// SageMaker's contract for containers of many models: the platform names models and folders, loads and unloads them, and frees memory where a load is answered 507. Only where
/// <see cref="ContainerOptions.MultiModelFolder"/> is set.
/// </summary>
internal sealed class MultiModelApi(RepositoryController controller, IOptions<ContainerOptions> options)
{
    private const int PageSize = 100;
    private const int MaxBodyBytes = 64 << 10;

    private readonly ConcurrentDictionary<string, string> _urls = new(StringComparer.Ordinal);

    public static void Map(IEndpointRouteBuilder routes, Func<HttpContext, string, Task> predict)
    {
        var api = routes.ServiceProvider.GetRequiredService<MultiModelApi>();
        var models = routes.MapGroup("/models").AddEndpointFilter<RefusedRequestFilter>();
        models.MapPost("", api.LoadAsync);
        models.MapGet("", api.List);
        models.MapGet("/{name}", api.Get);
        models.MapDelete("/{name}", api.UnloadAsync);
        models.MapPost("/{name}/invoke", context => api.InvokeAsync(context, predict));
    }

    private async Task<Ok> LoadAsync(HttpContext context, CancellationToken ct)
    {
        var request = await ReadAsync(context);
        if (_urls.ContainsKey(request.Name))
        {
            throw new RequestRefusedException(StatusCodes.Status409Conflict, $"model '{request.Name}' is already loaded");
        }
        await controller.LoadFolderAsync(request.Name, FolderOf(request.Url), ct);
        _urls[request.Name] = request.Url;
        return TypedResults.Ok();
    }

    private JsonHttpResult<MultiModelList> List([Microsoft.AspNetCore.Mvc.FromQuery(Name = "next_page_token")] string? token)
    {
        var page = _urls
            .OrderBy(model => model.Key, StringComparer.Ordinal)
            .Where(model => token is null || string.CompareOrdinal(model.Key, token) > 0)
            .Take(PageSize + 1)
            .Select(model => new MultiModel(model.Key, model.Value))
            .ToArray();
        return page.Length > PageSize
            ? TypedResults.Json(new MultiModelList(page[..PageSize], page[PageSize - 1].ModelName), MultiModelJson.Default.MultiModelList)
            : TypedResults.Json(new MultiModelList(page, null), MultiModelJson.Default.MultiModelList);
    }

    private JsonHttpResult<MultiModel> Get(string name) =>
        TypedResults.Json(new MultiModel(name, UrlOf(name)), MultiModelJson.Default.MultiModel);

    private async Task<Ok> UnloadAsync(string name, CancellationToken ct)
    {
        UrlOf(name);
        await controller.UnloadAsync(name, unloadDependents: false, ct);
        _urls.TryRemove(name, out _);
        return TypedResults.Ok();
    }

    private Task InvokeAsync(HttpContext context, Func<HttpContext, string, Task> predict)
    {
        var name = (string)context.Request.RouteValues["name"]!;
        return _urls.ContainsKey(name)
            ? predict(context, name)
            : ErrorAnswer.WriteAsync(context, StatusCodes.Status404NotFound, Unknown(name));
    }

    private string UrlOf(string name) =>
        _urls.TryGetValue(name, out var url) ? url : throw new RequestRefusedException(StatusCodes.Status404NotFound, Unknown(name));

    private static string Unknown(string name) => $"model '{name}' is not loaded";

    // The platform may name any folder below its own, and nothing else of this machine.
    private string FolderOf(string url)
    {
        var root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.Value.MultiModelFolder!));
        var folder = url.Contains('\0', StringComparison.Ordinal) ? "" : Path.TrimEndingDirectorySeparator(Path.GetFullPath(url, root));
        if (!folder.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw RequestRefusedException.BadRequest("'url' lies outside of the folder for models");
        }
        for (var part = new DirectoryInfo(folder); part is not null && part.FullName != root; part = part.Parent)
        {
            if (!part.Exists || part.LinkTarget is not null)
            {
                throw RequestRefusedException.BadRequest("'url' names no folder, or leads through a link");
            }
        }
        return folder;
    }

    private static async Task<(string Name, string Url)> ReadAsync(HttpContext context)
    {
        using var body = await JsonObjectBody.ReadAsync(context, MaxBodyBytes);
        if (
            body is not null
            && body.RootElement.TryGetProperty("model_name", out var name)
            && body.RootElement.TryGetProperty("url", out var url)
            && name.ValueKind == JsonValueKind.String
            && url.ValueKind == JsonValueKind.String
            && name.GetString() is { Length: > 0 } given
        )
        {
            return (given, url.GetString()!);
        }
        throw RequestRefusedException.BadRequest("the body must be {\"model_name\": text, \"url\": text}");
    }
}
