using System.Diagnostics;
using System.Net;
using System.Text;
using Slipway.Contracts.Mlflow;
using Slipway.Contracts.Registry;
using Slipway.EndToEnd.Tests.Running;
using Slipway.Testing;

namespace Slipway.EndToEnd.Tests.Telemetry;

/// <summary>One trace from a caller's request over the broker to the database of the monitor.</summary>
public class TraceTests
{
    private const string Model = "iris";

    [Fact]
    public async Task Prediction_WithATrace_IsFollowedUntilItIsStored()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        using var variables = new TemporaryVariables(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.Url),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_BSP_SCHEDULE_DELAY", "200")
        );
        await using var platform = await RunningPlatform.StartAsync("--mode", "distributed");
        await ServeAsync(await platform.GetUrlAsync("registry"));
        using var inference = new HttpClient { BaseAddress = await platform.GetUrlAsync("inference") };
        // The first answer is the one that is followed: a second one may share its batch, which goes on in the trace of the first.
        var trace = await Eventually.GetAsync(() => PredictAsync(inference), description: "the model is served");

        var traceId = trace.Split('-')[1];
        // Each process exports when it likes, and outer spans after the inner ones: the chain is there when its last link is.
        await Eventually.TrueAsync(
            () => IsLinked(receiver.SpansOf(traceId)),
            description: "the monitor's spans lead back to the publisher's"
        );
        var spans = receiver.SpansOf(traceId);
        var request = Assert.Single(spans, span => span is { Service: "inference", Scope: "Microsoft.AspNetCore" });
        Assert.Equal(trace.Split('-')[2], request.ParentId);
        var publish = Assert.Single(spans, span => span is { Service: "inference", Name: "publish predictions" });
        Assert.Equal(request.SpanId, publish.ParentId);
        var stored = Assert.Single(spans, span => span is { Service: "monitoring", Name: "store prediction" });
        Assert.Equal(request.SpanId, stored.ParentId);
        var batch = Assert.Single(spans, span => span is { Service: "monitoring", Name: "store predictions" });
        Assert.Contains(publish, Ancestors(batch, spans));
        Assert.Contains(spans, span => span.Scope == "Npgsql" && span.ParentId == batch.SpanId);
    }

    // Through the bus, from one process to another.
    private static bool IsLinked(IReadOnlyList<OtlpSpan> spans) =>
        spans.Any(span =>
            span.Name == "store predictions" && Ancestors(span, spans).Any(ancestor => ancestor.Name == "publish predictions")
        );

    private static IEnumerable<OtlpSpan> Ancestors(OtlpSpan span, IReadOnlyList<OtlpSpan> spans)
    {
        while (spans.FirstOrDefault(candidate => candidate.SpanId == span.ParentId) is { } parent)
        {
            yield return parent;
            span = parent;
        }
    }

    private static async Task ServeAsync(Uri registryUrl)
    {
        using var http = new HttpClient { BaseAddress = registryUrl };
        var mlflow = new MlflowClient(http);
        var run = await mlflow.CreateRunAsync(await mlflow.GetOrCreateExperimentAsync(Model), Model);
        await using (var file = File.OpenRead(Path.Combine(Repository.Root, "tests", "data", "models", "iris-lr-model.onnx")))
        {
            await mlflow.UploadArtifactAsync(run.Info.ArtifactUri, "model/model.onnx", file);
        }
        await mlflow.EnsureRegisteredModelAsync(Model);
        var version = await mlflow.CreateModelVersionAsync(Model, $"{run.Info.ArtifactUri}/model", run.Info.RunId);
        var number = int.Parse(version.Version);
        var registry = new RegistryClient(http);
        await Eventually.TrueAsync(
            async () => (await registry.FindVersionAsync(Model, number))?.VettingStatus == "passed",
            description: "the model has passed vetting"
        );
        await registry.PutEndpointAsync(
            new EndpointDefinition { Name = Model, Routes = [new EndpointRoute { Model = Model, Version = number }] }
        );
    }

    /// <summary>Asks for a prediction in a new trace; gives the W3C trace context that was sent, or null while the model is not there yet.</summary>
    private static async Task<string?> PredictAsync(HttpClient inference)
    {
        var trace = $"00-{ActivityTraceId.CreateRandom()}-{ActivitySpanId.CreateRandom()}-01";
        using var request = new HttpRequestMessage(HttpMethod.Post, $"v1/models/{Model}:predict")
        {
            Content = new StringContent("""{"instances":[[5.1,3.5,1.4,0.2]]}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("traceparent", trace);
        using var response = await inference.SendAsync(request);
        return response.StatusCode == HttpStatusCode.OK ? trace : null;
    }
}
