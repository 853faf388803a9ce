namespace Slipway.Training.Worker.Jobs;

/// <summary>What a browser sees at <c>/</c>: what this is, and where to go on.</summary>
internal static class RootPage
{
    public const string Html = """
        <!doctype html>
        <html lang="en">
        <head><meta charset="utf-8"><title>Slipway training</title>
        <style>body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:3rem auto;padding:0 1rem}code{background:#8882;padding:.1em .3em}</style></head>
        <body>
        <h1>Slipway training service</h1>
        <p>Trains models on tabular data in a process of its own, tracks them as MLflow runs, and registers them.</p>
        <ul>
        <li><a href="/api/v1/jobs">GET /api/v1/jobs</a>: jobs, newest first (<code>limit</code>, <code>pageToken</code>, <code>status</code>, <code>model</code>)</li>
        <li><code>POST /api/v1/jobs</code>: <code>datasets</code>, <code>target</code>, <code>trainer</code> (gbdt or linear), <code>parameters</code>,
            <code>modelName</code>, <code>promoteTo</code></li>
        <li><code>GET /api/v1/jobs/{id}</code>, <code>GET /api/v1/jobs/{id}/log?tail=200</code>, <code>POST /api/v1/jobs/{id}/cancel</code></li>
        <li><a href="/health/ready">/health/ready</a>, <a href="/health/live">/health/live</a>, <a href="/metrics">/metrics</a></li>
        </ul>
        </body></html>
        """;
}
