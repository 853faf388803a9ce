using System.Globalization;
using System.Net;
using System.Text;
using Slipway.Contracts.Inference;

namespace Slipway.Inference.Service.Served;

/// <summary>The page at <c>/</c>: what this replica serves, without scripts, for a person with a browser.</summary>
internal static class ServedPage
{
    private const string Style =
        "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:64rem;padding:0 1rem;color:#1c2430;background:#fff}"
        + "h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}table{border-collapse:collapse;width:100%}"
        + "th,td{text-align:left;padding:.35rem .7rem;border-bottom:1px solid #d9dee6;vertical-align:top}th{font-weight:600;color:#4a5568}"
        + "code{font:13px ui-monospace,monospace}.ready{color:#1a7f4b}.failed{color:#b42318}.loading{color:#9a6700}.n{text-align:right}"
        + "@media(prefers-color-scheme:dark){body{background:#14181f;color:#e4e8ee}th,td{border-color:#2c3441}th{color:#9aa5b4}a{color:#7ab7ff}"
        + ".ready{color:#4cc38a}.failed{color:#ff7b72}.loading{color:#e3b341}}";

    public static string Render(ServedModels served)
    {
        var html = new StringBuilder();
        html.Append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Slipway inference</title>")
            .Append("<meta name=\"viewport\" content=\"width=device-width\"><style>")
            .Append(Style)
            .Append("</style></head><body><h1>Slipway inference</h1><p>Serving state ")
            .Append(Number(served.Revision))
            .Append(
                ". <a href=\"/api/v1/served\">as JSON</a> · <a href=\"/v2\">v2</a> · <a href=\"/health/ready\">ready</a> · <a href=\"/metrics\">metrics</a></p>"
            );
        AppendEndpoints(html, served);
        AppendModels(html, served);
        AppendPredictionLog(html, served.PredictionLog);
        return html.Append("</body></html>").ToString();
    }

    private static void AppendPredictionLog(StringBuilder html, PredictionLogStatus? log)
    {
        if (log is null)
        {
            return;
        }
        html.Append("<h2>Prediction log</h2><p>")
            .Append(Number(log.Written))
            .Append(" written, ")
            .Append(Number(log.Published))
            .Append(" published, ")
            .Append(Number(log.Dropped))
            .Append(" dropped; ")
            .Append(Number(log.PendingBytes))
            .Append(" bytes wait on disk.</p>");
    }

    private static void AppendEndpoints(StringBuilder html, ServedModels served)
    {
        html.Append("<h2>Endpoints</h2>");
        if (served.Endpoints.Count == 0)
        {
            html.Append("<p>None. Create one in the registry: <code>PUT /api/v1/endpoints/{name}</code>.</p>");
            return;
        }
        html.Append("<table><tr><th>Endpoint</th><th>Routes</th><th>Call</th></tr>");
        foreach (var endpoint in served.Endpoints)
        {
            var name = Uri.EscapeDataString(endpoint.Name);
            var sum = endpoint.Routes.Sum(route => route.Weight);
            html.Append("<tr><td><a href=\"/v2/models/").Append(name).Append("\">").Append(Text(endpoint.Name)).Append("</a></td><td>");
            foreach (var route in endpoint.Routes)
            {
                var share = (route.Weight / sum).ToString("P1", CultureInfo.InvariantCulture);
                html.Append(Text(route.Model)).Append(" version ").Append(route.Version).Append(": ").Append(share).Append("<br>");
            }
            html.Append(endpoint.Routes.Count == 0 ? "<span class=\"failed\">nothing ready</span>" : "")
                .Append("</td><td><code>POST /v1/models/")
                .Append(name)
                .Append(":predict</code><br><code>POST /v2/models/")
                .Append(name)
                .Append("/infer</code></td></tr>");
        }
        html.Append("</table>");
    }

    private static void AppendModels(StringBuilder html, ServedModels served)
    {
        html.Append("<h2>Models</h2>");
        if (served.Models.Count == 0)
        {
            html.Append("<p>None.</p>");
            return;
        }
        html.Append(
            "<table><tr><th>Model</th><th>Version</th><th>State</th><th>Provider</th><th class=\"n\">Requests</th><th>Digest</th></tr>"
        );
        foreach (var model in served.Models)
        {
            html.Append("<tr><td><a href=\"/v2/models/")
                .Append(Uri.EscapeDataString(model.Model))
                .Append("/versions/")
                .Append(model.Version)
                .Append("\">")
                .Append(Text(model.Model))
                .Append("</a></td><td>")
                .Append(model.Version)
                .Append("</td><td class=\"")
                .Append(model.State)
                .Append("\">")
                .Append(model.State)
                .Append(model.Reason is null ? "" : ": " + Text(model.Reason))
                .Append("</td><td>")
                .Append(Text(model.Provider))
                .Append("</td><td class=\"n\">")
                .Append(Number(model.Requests))
                .Append("</td><td><code>")
                .Append(Text(model.Digest[..Math.Min(12, model.Digest.Length)]))
                .Append("</code></td></tr>");
        }
        html.Append("</table>");
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
