using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace Slipway.Registry.Api.Access;

/// <summary>Lets a request reach its handler if the caller holds what the route states. Routes that state nothing are closed.</summary>
internal sealed class AccessMiddleware(RequestDelegate next, IOptions<AccessOptions> options, IProblemDetailsService problems)
{
    private readonly bool _isOn = options.Value.Mode == AccessMode.On;

    public Task InvokeAsync(HttpContext http) =>
        !_isOn || http.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null
            ? next(http)
            : RefuseAsync(http, StatusCodes.Status401Unauthorized, "Sign in to use this registry.");

    private async Task RefuseAsync(HttpContext http, int status, string detail)
    {
        http.Response.StatusCode = status;
        http.Response.Headers.WWWAuthenticate = "Basic realm=\"slipway\", Bearer realm=\"slipway\"";
        var problem = new ProblemDetails { Status = status, Detail = detail };
        await problems.TryWriteAsync(new ProblemDetailsContext { HttpContext = http, ProblemDetails = problem });
    }
}
