using Slipway.Inference.Service.Grpc;
using Slipway.Inference.Service.V1;
using Slipway.Inference.Service.V2;

namespace Slipway.Inference.Service.Predictions;

/// <summary>
/// Answers predictions before the framework's routing and endpoint filters, which cost as much as a small model does. It stands inside the handling of errors; every
/// other request, and every spelling that only routing understands, takes the mapped routes. What must come before a prediction belongs in a filter before this one.
/// </summary>
internal sealed class PredictionShortcut : IStartupFilter
{
    private const string GrpcPath = "/" + GrpcApi.Service + "/ModelInfer";

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
        app =>
        {
            var handler = app.ApplicationServices.GetRequiredService<PredictionHandler>();
            var calls = app.ApplicationServices.GetRequiredService<InferCalls>();
            app.Use(following => context => Find(context, handler, calls) ?? following(context));
            next(app);
        };

    private static Task? Find(HttpContext context, PredictionHandler handler, InferCalls calls)
    {
        if (!HttpMethods.IsPost(context.Request.Method) || context.Request.Path.Value is not { } path)
        {
            return null;
        }
        if (PredictionPath.TryParse(path, out var isV1, out var name, out var version))
        {
            context.SetEndpoint(isV1 ? PredictionRoute.V1 : PredictionRoute.V2);
            return isV1 ? V1Api.PredictAsync(context, handler, name, version) : V2Api.InferAsync(context, handler, name, version);
        }
        if (path.Equals(GrpcPath, StringComparison.Ordinal))
        {
            context.SetEndpoint(PredictionRoute.Grpc);
            return calls.InferAsync(context);
        }
        return null;
    }
}
