using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Access;

/// <summary>Lets a request reach its handler if its caller holds what the route states. Routes that state nothing are closed.</summary>
internal sealed class AccessMiddleware(
    RequestDelegate next,
    AccessState state,
    Authenticator authenticator,
    AccessChecker checker,
    PrincipalCache cache,
    IProblemDetailsService problems,
    ILogger<AccessMiddleware> logger
)
{
    private const string NotAuthenticated =
        "You are not authenticated. Show a user and password (basic authentication: MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD) or an API token (Authorization: Bearer, or MLFLOW_TRACKING_TOKEN).";

    public Task InvokeAsync(HttpContext http)
    {
        if (!state.IsOn)
        {
            if (state.RefusesAddress(http.Connection.LocalIpAddress))
            {
                return RefuseAsync(http, StatusCodes.Status403Forbidden, "access_off", AccessState.HowToTurnOn);
            }
            Caller.Claimed(http.Request).SignIn(http);
            return next(http);
        }
        return http.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null ? next(http) : CheckAsync(http);
    }

    private async Task CheckAsync(HttpContext http)
    {
        switch (await authenticator.AuthenticateAsync(http))
        {
            case AuthenticationOutcome.Known(var caller):
                caller.SignIn(http);
                await CheckAsync(http, caller);
                break;
            case AuthenticationOutcome.Throttled(var wait):
                http.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
                await RefuseAsync(
                    http,
                    StatusCodes.Status429TooManyRequests,
                    "too_many_logins",
                    "Too many logins failed, or too many are being checked. Wait before trying again."
                );
                break;
            case AuthenticationOutcome.IssuerAway:
                http.Response.Headers.RetryAfter = "5";
                await RefuseAsync(
                    http,
                    StatusCodes.Status503ServiceUnavailable,
                    "issuer_unavailable",
                    "The identity provider does not answer, so the token cannot be checked. The request may be repeated."
                );
                break;
            default:
                http.Response.Headers.Append("WWW-Authenticate", "Basic realm=\"slipway\", charset=\"UTF-8\"");
                http.Response.Headers.Append("WWW-Authenticate", "Bearer realm=\"slipway\"");
                await RefuseAsync(http, StatusCodes.Status401Unauthorized, "unauthenticated", NotAuthenticated);
                break;
        }
    }

    private async Task CheckAsync(HttpContext http, Caller caller)
    {
        var endpoint = http.GetEndpoint();
        if (endpoint?.Metadata.GetMetadata<AccessRule>() is not { } rule)
        {
            // Only routes have rules; what the framework answers itself (404, 405, 415) has none.
            if (endpoint is not RouteEndpoint)
            {
                await next(http);
                return;
            }
            AccessLog.SilentRoute(logger, endpoint.DisplayName);
            await RefuseAsync(http, StatusCodes.Status403Forbidden, "forbidden", "Permission denied. This route states no access rule.");
            return;
        }
        if (await FindRefusalAsync(http, caller, rule) is not { } refused)
        {
            await next(http);
            return;
        }
        // What was granted a moment ago, on another replica, counts.
        if (await cache.RefreshAsync(http.RequestAborted))
        {
            if (await authenticator.AuthenticateAsync(http) is AuthenticationOutcome.Known(var again))
            {
                again.SignIn(http);
                if (await FindRefusalAsync(http, again, rule) is null)
                {
                    await next(http);
                    return;
                }
            }
        }
        await RefuseAsync(http, StatusCodes.Status403Forbidden, "forbidden", $"Permission denied. {caller.Name} lacks: {refused}.");
    }

    private async Task<AccessNeed?> FindRefusalAsync(HttpContext http, Caller caller, AccessRule rule)
    {
        foreach (var need in rule.Needs)
        {
            if (!await AllowsAsync(http, caller, need))
            {
                return need;
            }
        }
        return null;
    }

    private async Task<bool> AllowsAsync(HttpContext http, Caller caller, AccessNeed need)
    {
        var (permission, target) = need;
        if (caller.IsAdmin || target.Kind == AccessKind.None)
        {
            return caller.IsAdmin || permission == Permission.SignedIn || caller.HasEverywhere(permission);
        }
        var keys = await AccessKeys.ReadAsync(http, target);
        if (keys.Count == 0)
        {
            if (target.IsOptional)
            {
                return true;
            }
            if (target.Default is null)
            {
                return target.Kind switch
                {
                    AccessKind.Everything => caller.HasEverywhere(permission),
                    AccessKind.ArtifactPath => !caller.HasObjectLevels && caller.HasEverywhere(permission),
                    _ when MlflowRoutes.Owns(http.Request.Path) => throw MlflowRefusal.Missing(target.Members[0]),
                    _ => caller.HasEverywhere(permission),
                };
            }
            keys = [target.Default];
        }
        foreach (var key in keys)
        {
            if (!await checker.AllowsAsync(caller, permission, target.Kind, key, http.RequestAborted))
            {
                return false;
            }
        }
        return target.Kind != AccessKind.Endpoint || await AllowsRoutesAsync(http, caller, permission);
    }

    /// <summary>The models that an endpoint shall route to stand in the body.</summary>
    private async Task<bool> AllowsRoutesAsync(HttpContext http, Caller caller, Permission permission)
    {
        if (
            !HttpMethods.IsPut(http.Request.Method)
            && !HttpMethods.IsPost(http.Request.Method)
            && !HttpMethods.IsPatch(http.Request.Method)
        )
        {
            return true;
        }
        if (await AccessKeys.ReadBodyAsync(http) is not { } body)
        {
            return true;
        }
        foreach (var name in AccessKeys.Strings(body, "model").Distinct(StringComparer.Ordinal))
        {
            if (!await checker.AllowsAsync(caller, permission, AccessKind.Model, name, http.RequestAborted))
            {
                return false;
            }
        }
        return true;
    }

    private async Task RefuseAsync(HttpContext http, int status, string code, string detail)
    {
        http.Response.StatusCode = status;
        var problem = new ProblemDetails { Status = status, Detail = detail };
        problem.Extensions["code"] = code;
        await problems.TryWriteAsync(new ProblemDetailsContext { HttpContext = http, ProblemDetails = problem });
    }
}
