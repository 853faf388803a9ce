using System.Diagnostics;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Slipway.ServiceDefaults.Telemetry;

namespace Slipway.ServiceDefaults.Tests.Telemetry;

public sealed class OtlpTests
{
    [Fact]
    public async Task Export_EndpointConfigured_SendsSpansMetricsAndLogsUnderTheServiceName()
    {
        await using var collector = await Collector.StartAsync();
        await using (var service = await StartAsync(collector.Url))
        {
            (await service.Client.GetAsync("/hello/you")).Dispose();
            (await service.Client.GetAsync("/health/live")).Dispose();
            await service.App.StopAsync();
        }

        var traces = collector.Text("/v1/traces");
        Assert.Contains("GET /hello/{name}", traces, StringComparison.Ordinal);
        Assert.Contains("http.response.status_code", traces, StringComparison.Ordinal);
        Assert.Contains("work-inside", traces, StringComparison.Ordinal);
        Assert.DoesNotContain("/health/live", traces, StringComparison.Ordinal);
        Assert.Contains("http.server.request.duration", collector.Text("/v1/metrics"), StringComparison.Ordinal);
        Assert.Contains("said hello", collector.Text("/v1/logs"), StringComparison.Ordinal);
        Assert.All(
            new[] { "/v1/traces", "/v1/metrics", "/v1/logs" },
            path => Assert.Contains("tested", collector.Text(path), StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Export_TwoServicesInOneProcess_SendEachSpanOnce()
    {
        await using var collector = await Collector.StartAsync();
        var process = new ProcessTelemetry("all-in-one");
        await using (var first = await StartAsync(collector.Url, process))
        await using (var second = await StartAsync(collector.Url, process))
        {
            (await second.Client.GetAsync("/hello/you")).Dispose();
            await second.App.StopAsync();
            await first.App.StopAsync();
        }

        var traces = collector.Text("/v1/traces");
        Assert.Single(Occurrences(traces, "GET /hello/{name}"));
        Assert.Contains("all-in-one", traces, StringComparison.Ordinal);
    }

    private static IEnumerable<int> Occurrences(string text, string part)
    {
        for (var at = text.IndexOf(part, StringComparison.Ordinal); at >= 0; at = text.IndexOf(part, at + 1, StringComparison.Ordinal))
        {
            yield return at;
        }
    }

    private static Task<TestService> StartAsync(string collector, ProcessTelemetry? process = null) =>
        TestService.StartAsync(
            map: app =>
                app.MapGet(
                    "/hello/{name}",
                    (string name, ILoggerFactory logs) =>
                    {
                        using var source = new ActivitySource("Slipway.Test");
                        using var activity = source.StartActivity("work-inside");
                        TestLog.Said(logs.CreateLogger("test"));
                        return name;
                    }
                ),
            before: builder =>
            {
                builder.Configuration.AddInMemoryCollection(
                    new Dictionary<string, string?>
                    {
                        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector,
                        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                    }
                );
                if (process is not null)
                {
                    builder.Services.AddSingleton(process);
                }
            }
        );

    /// <summary>Keeps what is sent to it. Names in protobuf are plain UTF-8, so that a test can look for them.</summary>
    private sealed class Collector : IAsyncDisposable
    {
        private readonly Dictionary<string, StringBuilder> _bodies = [];
        private readonly WebApplication _app;

        private Collector(WebApplication app) => _app = app;

        internal string Url => _app.Urls.Single();

        internal static async Task<Collector> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Configuration["urls"] = "http://127.0.0.1:0";
            var app = builder.Build();
            var collector = new Collector(app);
            app.MapPost("/v1/{signal}", collector.ReceiveAsync);
            await app.StartAsync();
            return collector;
        }

        internal string Text(string path)
        {
            lock (_bodies)
            {
                return _bodies.TryGetValue(path, out var text) ? text.ToString() : "";
            }
        }

        public ValueTask DisposeAsync() => _app.DisposeAsync();

        private async Task ReceiveAsync(HttpRequest request)
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            lock (_bodies)
            {
                if (!_bodies.TryGetValue(request.Path, out var text))
                {
                    _bodies.Add(request.Path, text = new StringBuilder());
                }

                text.Append(Encoding.UTF8.GetString(body.ToArray()));
            }
        }
    }
}
