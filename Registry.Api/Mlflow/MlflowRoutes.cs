using Slipway.Registry.Api.Access;

namespace Slipway.Registry.Api.Mlflow;

/// <summary>Where MLflow's routes stand: every one also under the prefix that MLflow's own pages use.</summary>
internal static class MlflowRoutes
{
    public const string Api = "/api/2.0/mlflow";
    public const string ArtifactApi = "/api/2.0/mlflow-artifacts";

    private static readonly string[] s_roots = ["/api", "/ajax-api"];

    /// <summary>Maps the same routes under each prefix, for a <paramref name="group"/> such as <c>/2.0/mlflow</c>.</summary>
    public static void MapTwins(this IEndpointRouteBuilder app, string group, Action<RouteGroupBuilder> map)
    {
        foreach (var root in s_roots)
        {
            map(app.MapGroup(root + group).WithMlflowDefaults());
        }
    }

    /// <summary>Whether errors of this path have MLflow's shape.</summary>
    public static bool Owns(PathString path) =>
        path.StartsWithSegments("/ajax-api", StringComparison.Ordinal)
        // 2.0, 2.11 and 3.0, and 2.0mlflow, which MLflow's interface definition has for one of its routes.
        || (
            path.Value is { } text
            && (text.StartsWith("/api/2.", StringComparison.Ordinal) || text.StartsWith("/api/3.", StringComparison.Ordinal))
        );
}
