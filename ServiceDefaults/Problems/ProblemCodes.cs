using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;

namespace Slipway.ServiceDefaults.Problems;

/// <summary>The stable <c>code</c> of an error that no service gave one.</summary>
internal static class ProblemCodes
{
    private static readonly FrozenDictionary<int, string> s_codes = new Dictionary<int, string>
    {
        [StatusCodes.Status400BadRequest] = "bad_request",
        [StatusCodes.Status401Unauthorized] = "unauthenticated",
        [StatusCodes.Status403Forbidden] = "forbidden",
        [StatusCodes.Status404NotFound] = "not_found",
        [StatusCodes.Status405MethodNotAllowed] = "method_not_allowed",
        [StatusCodes.Status406NotAcceptable] = "not_acceptable",
        [StatusCodes.Status408RequestTimeout] = "request_timeout",
        [StatusCodes.Status409Conflict] = "conflict",
        [StatusCodes.Status411LengthRequired] = "length_required",
        [StatusCodes.Status412PreconditionFailed] = "precondition_failed",
        [StatusCodes.Status413PayloadTooLarge] = "body_too_large",
        [StatusCodes.Status414UriTooLong] = "uri_too_long",
        [StatusCodes.Status415UnsupportedMediaType] = "unsupported_media_type",
        [StatusCodes.Status416RangeNotSatisfiable] = "range_not_satisfiable",
        [StatusCodes.Status422UnprocessableEntity] = "unprocessable",
        [StatusCodes.Status429TooManyRequests] = "too_many_requests",
        [StatusCodes.Status431RequestHeaderFieldsTooLarge] = "headers_too_large",
        [StatusCodes.Status500InternalServerError] = "internal_error",
        [StatusCodes.Status501NotImplemented] = "not_supported",
        [StatusCodes.Status502BadGateway] = "bad_gateway",
        [StatusCodes.Status503ServiceUnavailable] = "unavailable",
        [StatusCodes.Status504GatewayTimeout] = "gateway_timeout",
    }.ToFrozenDictionary();

    internal static string For(int status) =>
        s_codes.TryGetValue(status, out var code) ? code
        : status >= 500 ? "internal_error"
        : "bad_request";
}
