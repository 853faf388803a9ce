using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tensors;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.Serving;

namespace Slipway.Inference.Service.V2;

/// <summary>The REST routes of the Open Inference Protocol; a name is an endpoint's first, else a model's.</summary>
internal static class V2Api
{
    private const string Platform = "onnxruntime_onnx";
    private static readonly V2Protocol s_protocol = new();
    private static readonly string s_version = typeof(V2Api).Assembly.GetName().Version?.ToString(3) ?? "";

    public static void Map(IEndpointRouteBuilder routes, PredictionHandler handler)
    {
        routes.MapGet("/v2", GetServer);
        routes.MapGet("/v2/health/live", GetLive);
        routes.MapGet("/v2/health/ready", GetReady);
        routes.MapGet(
            "/v2/models/{name}",
            (string name, ModelDirectory models, ServingDirectory serving) => GetModel(name, null, models, serving)
        );
        routes.MapGet("/v2/models/{name}/versions/{version}", GetModel);
        routes.MapGet("/v2/models/{name}/ready", (string name, ModelDirectory models) => GetModelReady(name, null, models));
        routes.MapGet("/v2/models/{name}/versions/{version}/ready", GetModelReady);
        routes.MapPost("/v2/models/{name}/infer", context => Infer(context, handler));
        routes.MapPost("/v2/models/{name}/versions/{version}/infer", context => Infer(context, handler));
    }

    private static Task Infer(HttpContext context, PredictionHandler handler) =>
        handler.HandleAsync(
            context,
            s_protocol,
            (string)context.Request.RouteValues["name"]!,
            (string?)context.Request.RouteValues.GetValueOrDefault("version")
        );

    private static JsonHttpResult<V2Server> GetServer() =>
        TypedResults.Json(new V2Server("slipway", s_version, []), V2Json.Default.V2Server);

    private static JsonHttpResult<V2Live> GetLive() => TypedResults.Json(new V2Live(true), V2Json.Default.V2Live);

    private static JsonHttpResult<V2Ready> GetReady(ServingDirectory serving, IHostApplicationLifetime lifetime)
    {
        var isReady = serving.Current.IsReady && !lifetime.ApplicationStopping.IsCancellationRequested;
        return TypedResults.Json(
            new V2Ready(isReady),
            V2Json.Default.V2Ready,
            statusCode: isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable
        );
    }

    private static JsonHttpResult<V2Model> GetModel(string name, string? version, ModelDirectory models, ServingDirectory serving)
    {
        var model = models.Find(name, version);
        string[] versions =
        [
            .. serving
                .Current.VersionsBehind(name)
                .Where(status => status.State == VersionStatus.Ready)
                .Select(status => $"{status.Id.Version}")
                .Distinct(),
        ];
        return TypedResults.Json(
            new V2Model(name, versions, Platform, Describe(model.Signature.Inputs), Describe(model.Signature.Outputs)),
            V2Json.Default.V2Model
        );
    }

    private static JsonHttpResult<V2ModelReady> GetModelReady(string name, string? version, ModelDirectory models)
    {
        try
        {
            models.Find(name, version);
            return TypedResults.Json(new V2ModelReady(name, true), V2Json.Default.V2ModelReady);
        }
        catch (RequestRefusedException e) when (e.Status == StatusCodes.Status503ServiceUnavailable)
        {
            // Known and not ready is this route's answer, not an error.
            return TypedResults.Json(new V2ModelReady(name, false), V2Json.Default.V2ModelReady, statusCode: e.Status);
        }
    }

    private static V2Tensor[] Describe(IReadOnlyList<ModelTensor> tensors) =>
        [.. tensors.Select(tensor => new V2Tensor(tensor.Name, tensor.Type.WireName(), tensor.Shape))];
}
