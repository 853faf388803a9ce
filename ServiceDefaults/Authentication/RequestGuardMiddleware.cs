using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace Slipway.ServiceDefaults.Authentication;

/// <summary>
/// Refuses what a foreign web page makes a browser send: a Host that is not this service's (DNS rebinding), and a change that comes from another origin (CSRF).
/// Probes and <c>/metrics</c>, which tell nothing and change nothing, are left alone.
/// </summary>
internal sealed class RequestGuardMiddleware(RequestDelegate next, IOptions<RequestGuardOptions> options, IProblemDetailsService problems)
{
    private readonly HostNames _hosts = new(options.Value.AllowedHosts);

    private readonly string[] _origins =
    [
        .. (options.Value.AllowedOrigins ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
    ];

    public Task InvokeAsync(HttpContext http)
    {
        var request = http.Request;
        if (http.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null && IsRead(request.Method))
        {
            return next(http);
        }
        if (!_hosts.Allows(request.Host))
        {
            return RefuseAsync(
                http,
                "foreign_host",
                "The Host header names another server. If this service is reached under that name, add it to Slipway:AllowedHosts (environment: Slipway__AllowedHosts)."
            );
        }
        return IsRead(request.Method) || IsOwnOrigin(request)
            ? next(http)
            : RefuseAsync(
                http,
                "foreign_origin",
                "A web page of another origin may not change anything here. If it is yours, add its origin to Slipway:AllowedOrigins (environment: Slipway__AllowedOrigins)."
            );
    }

    private static bool IsRead(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);

    private bool IsOwnOrigin(HttpRequest request)
    {
        var origin = request.Headers.Origin.ToString();
        if (origin.Length == 0)
        {
            // Browsers send an origin with every change; where one does not, this older header still tells.
            return request.Headers["Sec-Fetch-Site"].ToString() is "" or "none" or "same-origin";
        }
        if (Array.Exists(_origins, allowed => allowed == "*" || allowed.Equals(origin, StringComparison.OrdinalIgnoreCase)))
        {
            return true;
        }
        if (!Uri.TryCreate(origin, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            return false;
        }
        var from = new HostString(uri.Authority);
        return from.Equals(request.Host) || (HostNames.IsLoopback(from) && HostNames.IsLoopback(request.Host));
    }

    private async Task RefuseAsync(HttpContext http, string code, string detail)
    {
        http.Response.StatusCode = StatusCodes.Status403Forbidden;
        var problem = new ProblemDetails { Status = StatusCodes.Status403Forbidden, Detail = detail };
        problem.Extensions["code"] = code;
        await problems.TryWriteAsync(new ProblemDetailsContext { HttpContext = http, ProblemDetails = problem });
    }
}
