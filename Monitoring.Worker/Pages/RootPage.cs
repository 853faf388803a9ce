using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Contracts.Monitoring;
using Slipway.Monitoring.Worker.Monitors;
using Slipway.Monitoring.Worker.Storage;

namespace Slipway.Monitoring.Worker.Pages;

/// <summary>The page at <c>/</c>: what this service is and what it watches.</summary>
internal static class RootPage
{
    private const int MaxListed = 200;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/", GetAsync);

    private static async Task<ContentHttpResult> GetAsync(MonitorStore store, SchemaState schema, CancellationToken ct)
    {
        var html = new StringBuilder(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Slipway monitoring</title>"
                + "<style>body{font:16px/1.5 system-ui;margin:2rem auto;max-width:50rem;padding:0 1rem}td,th{text-align:left;padding:.2rem 1rem .2rem 0}</style>"
                + "<h1>Slipway monitoring</h1>"
                + "<p>Joins predictions with their outcomes, and watches accuracy and drift. "
                + "<a href=\"api/v1/stats\">What is stored</a> · <a href=\"api/v1/alerts\">alerts</a> · <a href=\"api/v1/monitors\">monitors</a> · "
                + "<a href=\"health/ready\">health</a> · <a href=\"metrics\">metrics</a></p>"
        );
        if (await ListAsync(store, schema, ct) is not { } monitors)
        {
            html.Append("<p>The database has not been reached yet, or is away.</p>");
            return TypedResults.Content(html.ToString(), "text/html; charset=utf-8");
        }
        html.Append(CultureInfo.InvariantCulture, $"<h2>Endpoints ({monitors.Count})</h2>");
        html.Append(
            monitors.Count == 0
                ? "<p>None yet: an endpoint appears with its first prediction.</p>"
                : "<table><tr><th>endpoint<th>window<th>"
        );
        foreach (var monitor in monitors.Take(MaxListed))
        {
            var path = Uri.EscapeDataString(monitor.Endpoint);
            html.Append(
                CultureInfo.InvariantCulture,
                $"<tr><td>{WebUtility.HtmlEncode(monitor.Endpoint)}<td>{TimeSpan.FromSeconds(monitor.WindowSeconds)}<td><a href=\"api/v1/monitors/{path}/windows\">windows</a> <a href=\"api/v1/endpoints/{path}/summary\">traffic</a>"
            );
        }
        return TypedResults.Content(html.ToString(), "text/html; charset=utf-8");
    }

    private static async Task<IReadOnlyList<MonitorDefinition>?> ListAsync(MonitorStore store, SchemaState schema, CancellationToken ct)
    {
        try
        {
            return schema.IsReady ? await store.ListAsync(ct) : null;
        }
        catch (Exception e) when (DatabaseErrors.IsAway(e))
        {
            // The page says so; readiness and the log have the reason.
            return null;
        }
    }
}
