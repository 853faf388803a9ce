using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Slipway.ServiceDefaults.Problems;

/// <summary>Says what was wrong with a request that could not be read, and where.</summary>
internal static class BadRequestProblem
{
    internal static void Describe(BadHttpRequestException bad, ProblemDetails problem)
    {
        problem.Status = bad.StatusCode;
        problem.Detail = bad.Message;
        for (var inner = bad.InnerException; inner is not null; inner = inner.InnerException)
        {
            if (inner is JsonException json)
            {
                Describe(json, problem);
                break;
            }
        }
    }

    private static void Describe(JsonException json, ProblemDetails problem)
    {
        problem.Title = "The body is not the JSON that this route takes.";
        problem.Detail = json.Message;
        problem.Extensions["code"] = "invalid_json";
        if (json.Path is { } path)
        {
            problem.Extensions["path"] = path;
        }

        if (json.LineNumber is { } line)
        {
            // The reader counts from 0; editors count from 1.
            problem.Extensions["line"] = line + 1;
            problem.Extensions["column"] = json.BytePositionInLine + 1;
        }
    }
}
