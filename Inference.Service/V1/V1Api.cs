using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.Serving;

namespace Slipway.Inference.Service.V1;

/// <summary>The routes of TensorFlow Serving's REST protocol; a name is an endpoint's first, else a model's.</summary>
internal static class V1Api
{
    private static readonly V1Protocol s_protocol = new();

    // A model by its name, one version of it, or the version that has a label.
    private static readonly string[] s_places =
    [
        "/v1/models/{name}",
        "/v1/models/{name}/versions/{version}",
        "/v1/models/{name}/labels/{label}",
    ];

    public static void Map(IEndpointRouteBuilder routes, PredictionHandler handler)
    {
        var labels = routes.ServiceProvider.GetRequiredService<V1Labels>();
        var classify = new ClassifyProtocol();
        var regress = new RegressProtocol();
        routes.MapGet("/v1/models", List);
        foreach (var place in s_places)
        {
            routes.MapGet(place, GetStatus);
            routes.MapGet(place + "/metadata", GetMetadata);
            routes.MapPost(place + ":predict", context => PredictAsync(context, handler, s_protocol, labels));
            routes.MapPost(place + ":classify", context => PredictAsync(context, handler, classify, labels));
            routes.MapPost(place + ":regress", context => PredictAsync(context, handler, regress, labels));
            routes.MapPost(place + ":explain", RefuseToExplain);
        }
    }

    public static Task PredictAsync(HttpContext context, PredictionHandler handler, string name, string? version) =>
        handler.HandleAsync(context, s_protocol, name, version);

    private static async Task PredictAsync(HttpContext context, PredictionHandler handler, IPredictionProtocol protocol, V1Labels labels)
    {
        var values = context.Request.RouteValues;
        var name = (string)values["name"]!;
        var version = (string?)values.GetValueOrDefault("version");
        if (values.GetValueOrDefault("label") is string label)
        {
            try
            {
                version = labels.VersionOf(name, label);
            }
            catch (RequestRefusedException e)
            {
                await ErrorAnswer.WriteAsync(context, e.Status, e.Message);
                return;
            }
        }
        await handler.HandleAsync(context, protocol, name, version);
    }

    private static Task RefuseToExplain(HttpContext context) =>
        ErrorAnswer.WriteAsync(
            context,
            StatusCodes.Status501NotImplemented,
            $"model '{context.Request.RouteValues["name"]}' has no explainer"
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

    private static JsonHttpResult<V1ModelStatus> GetStatus(
        string name,
        string? version,
        string? label,
        ServingDirectory serving,
        V1Labels labels
    )
    {
        version = label is null ? version : labels.VersionOf(name, label);
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

    private static async Task<Utf8ContentHttpResult> GetMetadata(
        string name,
        string? version,
        string? label,
        ModelDirectory models,
        V1Labels labels,
        IOptions<InferenceOptions> limits,
        CancellationToken ct
    )
    {
        var number = label is null ? version : labels.VersionOf(name, label);
        var model = await models.FindKnownAsync(name, number, limits.Value.RequestTimeout, ct);
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            V1Metadata.Write(json, name, model.Version, model.Signature);
        }
        return TypedResults.Text(buffer.WrittenSpan, "application/json");
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
