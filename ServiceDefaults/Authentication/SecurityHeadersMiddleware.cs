using Microsoft.AspNetCore.Http;

namespace Slipway.ServiceDefaults.Authentication;

/// <summary>Headers that keep a browser from reading more into an answer than it says. A handler's own headers stand.</summary>
internal sealed class SecurityHeadersMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext http)
    {
        http.Response.OnStarting(
            static state =>
            {
                var headers = ((HttpResponse)state).Headers;
                headers.XContentTypeOptions = "nosniff";
                if (((HttpResponse)state).ContentType?.StartsWith("text/html", StringComparison.OrdinalIgnoreCase) == true)
                {
                    headers.TryAdd("X-Frame-Options", "DENY");
                    headers.TryAdd("Referrer-Policy", "no-referrer");
                    headers.TryAdd(
                        "Content-Security-Policy",
                        "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
                    );
                }
                return Task.CompletedTask;
            },
            http.Response
        );
        return next(http);
    }
}
