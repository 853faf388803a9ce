using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.Containers;

/// <summary>
/// Vertex AI passes requests to one route only. A header names the route of the protocol that is meant; only routes that read or predict can be named, so that who may predict
/// may not also load and unload.
/// </summary>
internal sealed partial class VertexRedirect(IOptions<ContainerOptions> options) : IStartupFilter
{
    private const string Header = "X-Vertex-Ai-Triton-Redirect";

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
        options.Value.PredictRoute is not { Length: > 0 } route
            ? next
            : app =>
            {
                app.Use(following => context => RedirectAsync(context, route, following));
                next(app);
            };

    private static Task RedirectAsync(HttpContext context, string route, RequestDelegate following)
    {
        if (!context.Request.Path.Equals(route, StringComparison.Ordinal) || !context.Request.Headers.TryGetValue(Header, out var given))
        {
            return following(context);
        }
        var target = given.ToString().TrimStart('/');
        if (!Allowed().IsMatch(target))
        {
            return ErrorAnswer.WriteAsync(
                context,
                StatusCodes.Status400BadRequest,
                $"{Header}: only health, metadata, statistics, the index and predictions can be asked for in this way"
            );
        }
        context.Request.Path = "/" + target;
        context.Request.Method = Posted().IsMatch(target) ? HttpMethods.Post : HttpMethods.Get;
        return following(context);
    }

    [GeneratedRegex(
        "^v2(/health/(live|ready)|/models/stats|/models/[^/?#%]+(/versions/[0-9]+)?(/(infer|generate|generate_stream|ready|config|stats))?|/repository/index|/(system|cuda)sharedmemory(/region/[^/?#%]+)?/status)?$"
    )]
    private static partial Regex Allowed();

    [GeneratedRegex("/(infer|generate|generate_stream|index)$")]
    private static partial Regex Posted();
}
