using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.SharedMemory;

namespace Slipway.Inference.Service.V2;

/// <summary>The REST routes of the Open Inference Protocol; a name is an endpoint's first, else a model's.</summary>
internal static class V2Api
{
    private static readonly V2Protocol s_infer = new();
    private static readonly GenerateProtocol s_generate = new();

    public static void Map(IEndpointRouteBuilder routes, PredictionHandler handler)
    {
        routes.MapGet("/v2", (V2Descriptions descriptions) => TypedResults.Json(descriptions.Server, V2Json.Default.V2Server));
        routes.MapGet("/v2/health/live", () => TypedResults.Json(new V2Live(true), V2Json.Default.V2Live));
        routes.MapGet("/v2/health/ready", GetReady);
        MapModel(routes, "", GetModel);
        MapModel(routes, "/ready", GetModelReady);
        MapModel(routes, "/config", GetConfig);
        MapModel(routes, "/stats", GetStatistics);
        V2SettingsApi.Map(routes);
        V2SharedMemoryApi.Map(routes, routes.ServiceProvider.GetRequiredService<SharedMemoryRegions>());
        routes.MapGet("/v2/models/stats", (V2Descriptions descriptions) => GetStatistics(null, null, descriptions));
        MapPrediction("/infer", s_infer);
        MapPrediction("/infer_stream", new EventStreamProtocol(s_infer));
        MapPrediction("/generate", s_generate);
        MapPrediction("/generate_stream", new EventStreamProtocol(s_generate));

        void MapPrediction(string suffix, IPredictionProtocol protocol)
        {
            routes.MapPost("/v2/models/{name}" + suffix, context => Predict(context, handler, protocol));
            routes.MapPost("/v2/models/{name}/versions/{version}" + suffix, context => Predict(context, handler, protocol));
        }
    }

    public static Task InferAsync(HttpContext context, PredictionHandler handler, string name, string? version) =>
        handler.HandleAsync(context, s_infer, name, version);

    private static void MapModel(IEndpointRouteBuilder routes, string suffix, Delegate answer)
    {
        routes.MapGet("/v2/models/{name}" + suffix, answer);
        routes.MapGet("/v2/models/{name}/versions/{version}" + suffix, answer);
    }

    private static Task Predict(HttpContext context, PredictionHandler handler, IPredictionProtocol protocol) =>
        handler.HandleAsync(
            context,
            protocol,
            (string)context.Request.RouteValues["name"]!,
            (string?)context.Request.RouteValues.GetValueOrDefault("version")
        );

    private static JsonHttpResult<V2Ready> GetReady(V2Descriptions descriptions, IOptions<V2Options> options)
    {
        var isReady = descriptions.IsReady;
        return TypedResults.Json(new V2Ready(isReady), V2Json.Default.V2Ready, statusCode: ReadyStatus(isReady, options.Value));
    }

    private static async Task<JsonHttpResult<V2Model>> GetModel(
        string name,
        string? version,
        V2Descriptions descriptions,
        CancellationToken ct
    ) => TypedResults.Json(await descriptions.ModelAsync(name, version, ct), V2Json.Default.V2Model);

    private static JsonHttpResult<V2ModelReady> GetModelReady(
        string name,
        string? version,
        V2Descriptions descriptions,
        IOptions<V2Options> options
    )
    {
        var isReady = descriptions.IsModelReady(name, version);
        return TypedResults.Json(
            new V2ModelReady(name, isReady),
            V2Json.Default.V2ModelReady,
            statusCode: ReadyStatus(isReady, options.Value)
        );
    }

    private static async Task<ContentHttpResult> GetConfig(
        string name,
        string? version,
        V2Descriptions descriptions,
        CancellationToken ct
    ) => TypedResults.Text(ProtoJson.Write(await descriptions.ConfigAsync(name, version, ct)), "application/json");

    private static JsonHttpResult<V2StatisticsList> GetStatistics(string? name, string? version, V2Descriptions descriptions) =>
        TypedResults.Json(descriptions.Statistics(name, version), V2Json.Default.V2StatisticsList);

    private static int ReadyStatus(bool isReady, V2Options options) => isReady ? StatusCodes.Status200OK : options.NotReadyStatus;
}
