using Aspire.Hosting.State;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Aspire.Hosting.ResourceService;

/// <summary>What runs, and what it wrote: read-only, for this machine only.</summary>
internal static class ResourceApi
{
    private const int DefaultTail = 200;

    public static void MapResources(this IEndpointRouteBuilder routes, ResourceBoard board)
    {
        routes.MapGet("/api/v1/resources", context => ListAsync(context, board));
        routes.MapGet("/api/v1/resources/{name}/logs", context => LogsAsync(context, board));
    }

    private static Task ListAsync(HttpContext context, ResourceBoard board) =>
        context.Response.WriteAsJsonAsync(
            [.. board.Snapshots.Where(s => !s.Hidden).Select(ResourceDocument.From)],
            ResourceJsonContext.Default.ListResourceDocument
        );

    private static async Task LogsAsync(HttpContext context, ResourceBoard board)
    {
        var name = (string)context.Request.RouteValues["name"]!;
        if (board.FindLog(name) is not { } log)
        {
            await ProblemAsync(context, 404, "resource_not_found", $"There is no resource named '{name}'.");
            return;
        }

        var tail = DefaultTail;
        var text = context.Request.Query["tail"].ToString();
        if (text.Length > 0 && (!int.TryParse(text, out tail) || tail is < 1 or > ResourceLog.MaxLines))
        {
            await ProblemAsync(context, 400, "invalid_tail", $"tail must be from 1 to {ResourceLog.MaxLines}.");
            return;
        }

        await context.Response.WriteAsJsonAsync(log.Tail(tail), ResourceJsonContext.Default.IReadOnlyListResourceLogLine);
    }

    private static Task ProblemAsync(HttpContext context, int status, string code, string title)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(
            new ProblemDocument(status, code, title),
            ResourceJsonContext.Default.ProblemDocument,
            "application/problem+json"
        );
    }
}
