using System.Net;
using Polly;
using Polly.Timeout;

namespace Slipway.ServiceDefaults.Resilience;

/// <summary>Which outcome of which request may be followed by another try. Repeating must never do a thing twice.</summary>
internal static class RetryRules
{
    internal static bool ShouldRetry(HttpRequestMessage request, Outcome<HttpResponseMessage> outcome) =>
        outcome.Exception switch
        {
            null => ShouldRetry(request.Method, outcome.Result!.StatusCode),
            HttpRequestException e => NothingWasSent(e) || IsIdempotent(request.Method),
            TimeoutRejectedException => IsIdempotent(request.Method),
            _ => false,
        };

    /// <summary>A stream is consumed by the first try.</summary>
    internal static bool CanBeRepeated(HttpContent? content) => content is not (StreamContent or MultipartContent);

    private static bool ShouldRetry(HttpMethod method, HttpStatusCode status) =>
        status switch
        {
            // The server says that it did not take the request.
            HttpStatusCode.ServiceUnavailable => true,
            HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout or HttpStatusCode.RequestTimeout => IsIdempotent(method),
            _ => false,
        };

    private static bool NothingWasSent(HttpRequestException e) =>
        e.HttpRequestError
            is HttpRequestError.ConnectionError
                or HttpRequestError.NameResolutionError
                or HttpRequestError.SecureConnectionError
                or HttpRequestError.ProxyTunnelError;

    private static bool IsIdempotent(HttpMethod method) =>
        method == HttpMethod.Get
        || method == HttpMethod.Head
        || method == HttpMethod.Options
        || method == HttpMethod.Put
        || method == HttpMethod.Delete
        || method == HttpMethod.Trace;
}
