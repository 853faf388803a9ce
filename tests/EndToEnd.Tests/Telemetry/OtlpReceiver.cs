using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Slipway.EndToEnd.Tests.Telemetry;

/// <summary>A collector for OTLP over HTTP that keeps the spans it is sent (opentelemetry-proto 1.x, <c>ExportTraceServiceRequest</c>).</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly List<OtlpSpan> _spans = [];
    private readonly WebApplication _app;

    private OtlpReceiver(WebApplication app) => _app = app;

    public string Url => _app.Urls.First();

    public static async Task<OtlpReceiver> StartAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var receiver = new OtlpReceiver(builder.Build());
        // Metrics and logs are taken and forgotten.
        receiver._app.MapPost("/v1/{signal}", receiver.ReceiveAsync);
        await receiver._app.StartAsync();
        return receiver;
    }

    /// <summary>The spans of a trace so far.</summary>
    public IReadOnlyList<OtlpSpan> SpansOf(string traceId)
    {
        lock (_gate)
        {
            return [.. _spans.Where(span => span.TraceId == traceId)];
        }
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task ReceiveAsync(string signal, HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        context.Response.ContentType = "application/x-protobuf";
        if (signal != "traces")
        {
            return;
        }
        OtlpSpan[] spans = [.. Decode(body.ToArray())];
        lock (_gate)
        {
            _spans.AddRange(spans);
        }
    }

    private static IEnumerable<OtlpSpan> Decode(byte[] request) =>
        from resourceSpans in new ProtobufFields(request).Messages(1)
        let service = ServiceName(resourceSpans)
        from scopeSpans in resourceSpans.Messages(2)
        let scope = scopeSpans.Messages(1).Single().Text(1)
        from span in scopeSpans.Messages(2)
        select new OtlpSpan(service, scope, span.Text(5), span.Hex(1), span.Hex(2), span.Hex(4));

    private static string ServiceName(ProtobufFields resourceSpans) =>
        resourceSpans
            .Messages(1)
            .Single()
            .Messages(1)
            .Single(attribute => attribute.Text(1) == "service.name")
            .Messages(2)
            .Single()
            .Text(1);
}
