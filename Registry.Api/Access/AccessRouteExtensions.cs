using Microsoft.AspNetCore.Authorization;

namespace Slipway.Registry.Api.Access;

/// <summary>How routes state what they need. The statement nearest to the route wins over that of its group.</summary>
internal static class AccessRouteExtensions
{
    /// <summary>Callers need <paramref name="permission"/> on what <paramref name="target"/> finds.</summary>
    public static TBuilder Needs<TBuilder>(this TBuilder routes, Permission permission, AccessTarget target)
        where TBuilder : IEndpointConventionBuilder => routes.Needs(new AccessNeed(permission, target));

    /// <summary>Callers need all of <paramref name="needs"/>.</summary>
    public static TBuilder Needs<TBuilder>(this TBuilder routes, params AccessNeed[] needs)
        where TBuilder : IEndpointConventionBuilder
    {
        var rule = new AccessRule(needs);
        routes.Add(endpoint => endpoint.Metadata.Add(rule));
        return routes;
    }

    /// <summary>Routes of this group that state nothing get what their path and method say in MLflow's API.</summary>
    public static TBuilder WithMlflowDefaults<TBuilder>(this TBuilder routes)
        where TBuilder : IEndpointConventionBuilder
    {
        routes.Finally(endpoint =>
        {
            if (
                endpoint is RouteEndpointBuilder { RoutePattern.RawText: { } path }
                && !endpoint.Metadata.Any(item => item is AccessRule or IAllowAnonymous)
            )
            {
                var methods = endpoint.Metadata.OfType<IHttpMethodMetadata>().LastOrDefault()?.HttpMethods ?? [];
                endpoint.Metadata.Add(MlflowAccess.For(path, [.. methods]));
            }
        });
        return routes;
    }
}
