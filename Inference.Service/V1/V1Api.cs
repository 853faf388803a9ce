using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.Serving;

namespace Slipway.Inference.Service.V1;

/// <summary>The routes of TensorFlow Serving's REST protocol; a name is an endpoint's first, else a model's.</summary>
internal static class V1Api
{
    private static readonly V1Protocol s_protocol = new();

    public static void Map(IEndpointRouteBuilder routes, PredictionHandler handler)
    {
        routes.MapGet("/v1/models", List);
        routes.MapGet("/v1/models/{name}", (string name, ServingDirectory serving) => GetStatus(name, null, serving));
        routes.MapGet("/v1/models/{name}/versions/{version}", GetStatus);
        routes.MapPost("/v1/models/{name}:predict", context => Predict(context, handler));
        routes.MapPost("/v1/models/{name}/versions/{version}:predict", context => Predict(context, handler));
    }

    public static Task PredictAsync(HttpContext context, PredictionHandler handler, string name, string? version) =>
        handler.HandleAsync(context, s_protocol, name, version);

    private static Task Predict(HttpContext context, PredictionHandler handler) =>
        PredictAsync(
            context,
            handler,
            (string)context.Request.RouteValues["name"]!,
            (string?)context.Request.RouteValues.GetValueOrDefault("version")
        );

    private static JsonHttpResult<V1ModelList> List(ServingDirectory serving)
    {
        var view = serving.Current;
        string[] names =
        [
            .. view.DesiredEndpoints.Select(endpoint => endpoint.Name).Concat(view.Versions.Select(version => version.Id.Model)).Distinct(),
        ];
        return TypedResults.Json(new V1ModelList(names), V1Json.Default.V1ModelList);
    }

    private static JsonHttpResult<V1ModelStatus> GetStatus(string name, string? version, ServingDirectory serving)
    {
        var view = serving.Current;
        var versions = view.VersionsBehind(name);
        if (version is not null)
        {
            versions = [.. versions.Where(status => $"{status.Id.Version}" == version)];
        }
        if (versions.Count == 0 && (version is not null || view.FindEndpoint(name) is null))
        {
            var what = version is null ? $"'{name}'" : $"'{name}' version {version}";
            throw new RequestRefusedException(StatusCodes.Status404NotFound, $"Request for unknown model: {what} is not found");
        }
        return TypedResults.Json(
            new V1ModelStatus(name, versions.Any(status => status.State == VersionStatus.Ready), [.. versions.Select(Describe)]),
            V1Json.Default.V1ModelStatus
        );
    }

    private static V1VersionStatus Describe(VersionStatus status) =>
        new(
            $"{status.Id.Version}",
            status.State switch
            {
                VersionStatus.Ready => "AVAILABLE",
                VersionStatus.Failed => "END",
                _ => "LOADING",
            },
            status.Reason is null ? new V1Error("OK", "") : new V1Error("UNKNOWN", status.Reason)
        );
}
