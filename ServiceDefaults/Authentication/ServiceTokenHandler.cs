using System.Net.Http.Headers;
using Microsoft.Extensions.Configuration;

namespace Slipway.ServiceDefaults.Authentication;

/// <summary>
/// Shows the other service this one's token, from <c>Slipway:Tokens:{service}</c>. Only requests to a service's logical name get it, so that it goes nowhere else.
/// </summary>
internal sealed class ServiceTokenHandler(IConfiguration configuration) : DelegatingHandler
{
    internal const string Section = "Slipway:Tokens";

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (
            request.Headers.Authorization is null
            && request.RequestUri is { IsDefaultPort: true } uri
            && configuration[$"{Section}:{uri.IdnHost}"] is { Length: > 0 } token
        )
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
        return base.SendAsync(request, cancellationToken);
    }
}
