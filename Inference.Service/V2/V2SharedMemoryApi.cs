using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Inference.Service.Grpc;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.SharedMemory;

namespace Slipway.Inference.Service.V2;

/// <summary>The REST routes of Triton's extensions for shared memory: regions of the system's, and none of CUDA's.</summary>
internal static class V2SharedMemoryApi
{
    private const int MaxBodyBytes = 1 << 20;
    private const string SystemRoute = "/v2/systemsharedmemory";
    private const string CudaRoute = "/v2/cudasharedmemory";

    public static void Map(IEndpointRouteBuilder routes, SharedMemoryRegions regions)
    {
        MapBoth(
            routes,
            SystemRoute,
            name => Write(regions.Status(name)),
            (name, body) => Register(regions, name, body),
            regions.Unregister
        );
        MapBoth(
            routes,
            CudaRoute,
            name =>
            {
                SettingsCalls.CudaStatus(new() { Name = name });
                return Write([]);
            },
            (_, _) => SettingsCalls.RegisterCuda(new()),
            _ => { }
        );
    }

    private static void MapBoth(
        IEndpointRouteBuilder routes,
        string kind,
        Func<string, IResult> status,
        Action<string, JsonDocument?> register,
        Action<string> unregister
    )
    {
        routes.MapGet(kind + "/status", () => status(""));
        routes.MapGet(kind + "/region/{region}/status", (string region) => status(region));
        routes.MapPost(
            kind + "/region/{region}/register",
            async (HttpContext context, string region) =>
            {
                RefusePages(context.Request);
                using var body = await JsonObjectBody.ReadAsync(context, MaxBodyBytes);
                register(region, body);
                return TypedResults.Ok();
            }
        );
        routes.MapPost(
            kind + "/unregister",
            (HttpRequest request) =>
            {
                RefusePages(request);
                unregister("");
                return TypedResults.Ok();
            }
        );
        routes.MapPost(
            kind + "/region/{region}/unregister",
            (HttpRequest request, string region) =>
            {
                RefusePages(request);
                unregister(region);
                return TypedResults.Ok();
            }
        );
    }

    // Browsers name the origin of each POST, other clients have none: a page that somebody opens on this host must not reach into the memory of its processes.
    private static void RefusePages(HttpRequest request)
    {
        if (request.Headers.Origin.Count > 0)
        {
            throw new RequestRefusedException(
                StatusCodes.Status403Forbidden,
                "shared memory is not for pages of a browser: the request has an 'Origin'"
            );
        }
    }

    private static void Register(SharedMemoryRegions regions, string name, JsonDocument? body)
    {
        regions.RequireOffered();
        try
        {
            regions.Register(name, KeyOf(body), BytesOf(body, "offset") ?? 0, BytesOf(body, "byte_size") ?? throw Missing("byte_size"));
        }
        catch (RequestRefusedException e) when (e.Status == StatusCodes.Status409Conflict)
        {
            // Triton's status over HTTP; over gRPC there is one of its own.
            throw RequestRefusedException.BadRequest(e.Message);
        }
    }

    private static string KeyOf(JsonDocument? body) =>
        Find(body, "key") is not { } key ? throw Missing("key")
        : key.ValueKind == JsonValueKind.String ? key.GetString()!
        : throw RequestRefusedException.BadRequest("Unable to parse 'key': a string is expected");

    private static ulong? BytesOf(JsonDocument? body, string name) =>
        Find(body, name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetUInt64(out var bytes) ? bytes
        : throw RequestRefusedException.BadRequest($"Unable to parse '{name}': a whole number is expected, not negative");

    private static JsonElement? Find(JsonDocument? body, string name) =>
        body is not null && body.RootElement.TryGetProperty(name, out var value) ? value : null;

    private static RequestRefusedException Missing(string field) =>
        RequestRefusedException.BadRequest($"Shared memory register request has no '{field}' field");

    private static JsonHttpResult<V2SharedMemoryRegion[]> Write(SharedMemoryRegion[] regions) =>
        TypedResults.Json(
            [.. regions.Select(region => new V2SharedMemoryRegion(region.Name, region.Key, region.Offset, region.ByteSize))],
            V2Json.Default.V2SharedMemoryRegionArray
        );
}
