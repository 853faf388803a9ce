using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing.Patterns;
using Slipway.Inference.Service.Grpc;

namespace Slipway.Inference.Service.Predictions;

/// <summary>The routes that <see cref="PredictionShortcut"/> answers, as spans and metrics name them.</summary>
internal sealed class PredictionRoute : IRouteDiagnosticsMetadata
{
    private PredictionRoute(string route) => Route = route;

    public static Endpoint V1 { get; } = Create("/v1/models/{name}:predict");

    public static Endpoint V2 { get; } = Create("/v2/models/{name}/infer");

    public static Endpoint Grpc { get; } = Create($"/{GrpcApi.Service}/ModelInfer");

    public string Route { get; }

    private static RouteEndpoint Create(string route) =>
        new(
            static _ => throw new InvalidOperationException("A prediction is answered before its endpoint would run."),
            RoutePatternFactory.Parse(route),
            order: 0,
            new EndpointMetadataCollection(new PredictionRoute(route)),
            route
        );
}
