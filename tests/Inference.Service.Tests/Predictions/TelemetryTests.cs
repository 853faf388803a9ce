using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using OpenTelemetry;
using OpenTelemetry.Trace;
using Slipway.Inference.Service.Tests.Hosting;
using Slipway.Inference.Service.Tests.Repository;
using Slipway.Testing;

namespace Slipway.Inference.Service.Tests.Predictions;

/// <summary>What a request leaves behind in metrics, statistics and traces: the same phases everywhere.</summary>
public sealed class TelemetryTests : IAsyncLifetime, IDisposable
{
    private readonly TempFolder _folder = new();
    private FakeRegistry _registry = null!;

    public async Task InitializeAsync() => _registry = await FakeRegistry.StartAsync();

    public async Task DisposeAsync() => await _registry.DisposeAsync();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Metrics_EveryPhase_IsMeasuredByEndpointModelAndVersion()
    {
        await using var host = await StartAsync();
        await host.PostAsync("v1/models/e:predict", """{"instances":[[1,1],[2,2]]}""");
        await host.PostAsync("v2/models/m/infer", """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,1]}]}""");
        await host.PostAsync("v1/models/e:predict", "{}");

        var metrics = (await host.GetAsync("metrics")).Body;

        foreach (var phase in (string[])["queue", "compute_input", "compute", "compute_output"])
        {
            foreach (var endpoint in (string[])["e", "m"])
            {
                Assert.Contains(
                    $"slipway_inference_{phase}_duration_seconds_count{{endpoint=\"{endpoint}\",model=\"m\",version=\"7\"}} 1\n",
                    metrics,
                    StringComparison.Ordinal
                );
            }
        }
        Assert.Contains(
            "slipway_inference_batch_size_sum{endpoint=\"e\",model=\"m\",version=\"7\"} 2\n",
            metrics,
            StringComparison.Ordinal
        );
        Assert.Contains(
            """slipway_inference_request_duration_seconds_count{endpoint="e",http_response_status_code="400",model="m",version="7"} 1""",
            metrics,
            StringComparison.Ordinal
        );
        Assert.Contains("slipway_inference_active_requests 0\n", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_TritonsNames_HaveItsCounts()
    {
        await using var host = await StartAsync();
        await host.PostAsync("v1/models/e:predict", """{"instances":[[1,1],[2,2]]}""");
        await host.PostAsync("v1/models/m:predict", """{"instances":[[1,1]]}""");
        await host.PostAsync("v1/models/m:predict", "{}");

        var metrics = (await host.GetAsync("metrics")).Body;

        Assert.Contains("# TYPE nv_inference_request_success counter\n", metrics, StringComparison.Ordinal);
        Assert.Contains("nv_inference_request_success{model=\"m\",version=\"7\"} 2\n", metrics, StringComparison.Ordinal);
        Assert.Contains("nv_inference_count{model=\"m\",version=\"7\"} 3\n", metrics, StringComparison.Ordinal);
        Assert.Contains("nv_inference_exec_count{model=\"m\",version=\"7\"} 2\n", metrics, StringComparison.Ordinal);
        Assert.Contains("nv_inference_request_failure{model=\"m\",reason=\"OTHER\",version=\"7\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains(
            "nv_inference_request_failure{model=\"m\",reason=\"BACKEND\",version=\"7\"} 0\n",
            metrics,
            StringComparison.Ordinal
        );
        Assert.Contains("# TYPE nv_inference_pending_request_count gauge\n", metrics, StringComparison.Ordinal);
        Assert.Contains("nv_inference_pending_request_count{model=\"m\",version=\"7\"} 0\n", metrics, StringComparison.Ordinal);
        foreach (var phase in (string[])["request", "queue", "compute_input", "compute_infer", "compute_output"])
        {
            Assert.Contains($"nv_inference_{phase}_duration_us{{model=\"m\",version=\"7\"}} ", metrics, StringComparison.Ordinal);
        }
        Assert.Contains("nv_cpu_memory_used_bytes ", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("nv_cache_", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Statistics_AnswersFromTheCache_AreNoExecutions()
    {
        RepositoryHost.WriteModel(_folder, "m/1/model.onnx", 1);
        RepositoryHost.WriteText(_folder, "m/config.pbtxt", "response_cache { enable: true }");
        await using var host = await RepositoryHost.StartAsync(_folder, "none");
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("2", await host.InferAsync("m"));
        }

        var counts = JsonNode.Parse((await host.GetAsync("v2/models/m/stats")).Body)!["model_stats"]![0]!;
        var metrics = (await host.GetAsync("metrics")).Body;

        Assert.Equal((1, 1), ((int)counts["inference_count"]!, (int)counts["execution_count"]!));
        var stats = counts["inference_stats"]!;
        Assert.Equal((3, 3), ((int)stats["success"]!["count"]!, (int)stats["queue"]!["count"]!));
        Assert.Equal((2, 1), ((int)stats["cache_hit"]!["count"]!, (int)stats["cache_miss"]!["count"]!));
        Assert.Equal(1, (int)stats["compute_infer"]!["count"]!);
        Assert.Contains("nv_cache_num_hits_per_model{model=\"m\",version=\"1\"} 2\n", metrics, StringComparison.Ordinal);
        Assert.Contains("nv_cache_num_misses_per_model{model=\"m\",version=\"1\"} 1\n", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Traces_EveryPhase_IsASpanOfTheRequest()
    {
        var spans = new KeptSpans();
        using var provider = Sdk.CreateTracerProviderBuilder()
            .AddSource("Microsoft.AspNetCore", "Slipway.*")
            .AddProcessor(new SimpleActivityExportProcessor(spans))
            .Build();
        await using var host = await StartAsync();
        var trace = ActivityTraceId.CreateRandom();

        var answer = await host.PostAsync(
            "v1/models/e:predict",
            """{"instances":[[1,1],[2,2]]}""",
            ("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01")
        );

        Assert.Equal(200, answer.Status);
        await Eventually.TrueAsync(() => spans.Of(trace).Count >= 5);
        Assert.Equal(5, spans.Of(trace).Count);
        var request = spans.Of(trace).Single(span => span.Kind == ActivityKind.Server);
        var phases = spans.Of(trace).Where(span => span.ParentSpanId == request.SpanId).OrderBy(span => span.StartTimeUtc).ToArray();
        Assert.Equal(
            ["compute", "compute_input", "compute_output", "queue"],
            phases.Select(span => span.OperationName).Order(StringComparer.Ordinal)
        );
        Assert.All(
            phases,
            span =>
            {
                // Within the request, as far as two clocks agree.
                Assert.True(span.StartTimeUtc >= request.StartTimeUtc - TimeSpan.FromMilliseconds(1));
                Assert.True(span.StartTimeUtc + span.Duration <= request.StartTimeUtc + request.Duration + TimeSpan.FromMilliseconds(1));
                Assert.Equal(2L, span.GetTagItem("slipway.batch.rows"));
            }
        );
    }

    [Fact]
    public async Task Stop_AfterAnswers_HasPublishedEveryRow()
    {
        var publisher = new RecordingPublisher();
        await using var host = await StartAsync(publisher);
        await Task.WhenAll(
            Enumerable
                .Range(0, 200)
                .Select(async _ => Assert.Equal(200, (await host.PostAsync("v1/models/e:predict", """{"instances":[[1,1]]}""")).Status))
        );

        await host.StopAsync();

        Assert.Equal(200, publisher.Records.Count);
    }

    private async Task<InferenceHost> StartAsync(RecordingPublisher? publisher = null)
    {
        var model = _registry.Add("m", 7, ServedTestModels.Linear());
        var revision = _registry.Set([model], FakeRegistry.Endpoint("e", (model, 100)));
        var host = await InferenceHost.StartAsync(_registry, _folder, publisher);
        await host.LoadedAsync(revision);
        return host;
    }

    private sealed class KeptSpans : BaseExporter<Activity>
    {
        private readonly ConcurrentQueue<Activity> _spans = [];

        public IReadOnlyList<Activity> Of(ActivityTraceId trace) => [.. _spans.Where(span => span.TraceId == trace)];

        public override ExportResult Export(in Batch<Activity> batch)
        {
            foreach (var span in batch)
            {
                _spans.Enqueue(span);
            }
            return ExportResult.Success;
        }
    }
}
