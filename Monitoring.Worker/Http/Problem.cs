using Microsoft.AspNetCore.Http.HttpResults;

namespace Slipway.Monitoring.Worker.Http;

/// <summary>Problem details with a stable <c>code</c>.</summary>
internal static class Problem
{
    public static ProblemHttpResult Of(int status, string code, string detail, params (string Name, object? Value)[] members)
    {
        var extensions = new Dictionary<string, object?> { ["code"] = code };
        foreach (var (name, value) in members)
        {
            extensions[name] = value;
        }
        return TypedResults.Problem(detail, statusCode: status, extensions: extensions);
    }

    public static ProblemHttpResult BadRequest(string code, string detail) => Of(StatusCodes.Status400BadRequest, code, detail);

    public static ProblemHttpResult UnknownEndpoint(string endpoint) =>
        Of(
            StatusCodes.Status404NotFound,
            "endpoint_unknown",
            $"No endpoint '{endpoint}' is monitored: no prediction of it has arrived, and no monitor was put for it."
        );
}
