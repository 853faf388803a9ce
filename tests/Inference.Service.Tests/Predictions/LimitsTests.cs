using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Contracts.Inference;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.Protos;
using Slipway.Inference.Service.Tests.Grpc;
using Slipway.Inference.Service.Tests.Hosting;
using Slipway.Testing;

namespace Slipway.Inference.Service.Tests.Predictions;

/// <summary>Requests that are too large, too many, too slow, or given up.</summary>
public sealed class LimitsTests : IAsyncLifetime, IDisposable
{
    private readonly TempFolder _folder = new();
    private FakeRegistry _registry = null!;

    public async Task InitializeAsync() => _registry = await FakeRegistry.StartAsync();

    public async Task DisposeAsync() => await _registry.DisposeAsync();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Predict_BodyBeyondTheLimit_Answers413()
    {
        await using var host = await StartAsync(ServedTestModels.Linear(), ("Inference:MaxRequestBytes", "10000"));
        var body = new string(' ', 20_000);

        var (status, answer, _) = await host.PostAsync("v1/models/m:predict", body);

        Assert.Equal(413, status);
        Assert.Equal("""{"error":"the request body exceeds the limit of 10000 bytes (Inference:MaxRequestBytes)"}""", answer);
    }

    [Fact]
    public async Task Predict_ChunkedBodyBeyondTheLimit_Answers413()
    {
        await using var host = await StartAsync(ServedTestModels.Linear(), ("Inference:MaxRequestBytes", "10000"));
        using var request = new HttpRequestMessage(HttpMethod.Post, "v2/models/m/infer") { Content = new Chunked(20_000) };

        using var response = await host.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.StartsWith("{\"error\":\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(20_000)]
    [InlineData(3_000_000)]
    public async Task Predict_LargeBodyWithinTheLimit_IsReadWhole(int padding)
    {
        await using var host = await StartAsync(ServedTestModels.Linear());

        var (status, answer, _) = await host.PostAsync(
            "v1/models/m:predict",
            """{"instances":[[1,1]],"pad":" """ + new string('x', padding) + "\"}"
        );

        Assert.Equal((200, """{"predictions":[[6.0]]}"""), (status, answer));
    }

    [Fact]
    public async Task Predict_LargeBodiesBeyondWhatMayBeHeld_Answer503UntilOthersAreGone()
    {
        await using var host = await StartAsync(ServedTestModels.Linear(), ("Inference:MaxHeldRequestBytes", "5000000"));
        var large = """{"instances":[[1,1]],"pad":" """ + new string('x', 3_000_000) + "\"}";
        using (var slow = new TcpClient())
        {
            await slow.ConnectAsync("127.0.0.1", host.Client.BaseAddress!.Port);
            var head = $"POST /v1/models/m:predict HTTP/1.1\r\nHost: x\r\nContent-Length: {large.Length}\r\n\r\n";
            await slow.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head + large[..^10]));

            // All that was sent has arrived: while it still grows, it could be the one that is refused.
            var memory = host.Get<RequestMemory>();
            await Eventually.TrueAsync(() => memory.HeldBytes >= large.Length - 10);
            var (status, answer, response) = await host.PostAsync("v1/models/m:predict", large);

            Assert.Equal(503, status);
            Assert.Contains("large requests take 5000000 bytes already", answer, StringComparison.Ordinal);
            Assert.NotNull(response.Headers.RetryAfter);
            Assert.Equal(200, (await host.PostAsync("v1/models/m:predict", """{"instances":[[1,1]]}""")).Status);
        }

        // What a request held is given back a moment after its answer was sent.
        for (var i = 0; i < 3; i++)
        {
            await Eventually.TrueAsync(async () => (await host.PostAsync("v1/models/m:predict", large)).Status == 200);
        }
    }

    [Fact]
    public async Task ModelInfer_UnreadableMessages_AreNotCountedAsHeldAfterwards()
    {
        await using var host = await StartAsync(ServedTestModels.Linear(), ("Inference:MaxHeldRequestBytes", "5000000"));
        using var client = new GrpcTestClient(host.GrpcUrl);
        var unreadable = GrpcTestClient.Frame([.. Enumerable.Repeat((byte)0xFF, 3_000_000)]);

        for (var i = 0; i < 3; i++)
        {
            await Eventually.TrueAsync(async () =>
                (await client.SendAsync("ModelInfer", ModelInferResponse.Parser, unreadable)).Status == 3
            );
        }
    }

    [Fact]
    public async Task Predict_BodyThatDecodesToMoreThanMayBeHeld_Answers503AndIsNotHeld()
    {
        await using var host = await StartAsync(ServedTestModels.Linear(), ("Inference:MaxHeldRequestBytes", "5000000"));

        foreach (var (padding, expected) in new[] { (6_000_000, 503), (6_000_000, 503), (4_900_000, 200), (4_900_000, 200) })
        {
            var body = """{"instances":[[1,1]],"pad":" """ + new string('x', padding) + "\"}";
            var encoded = Gzip.Encode(Encoding.UTF8.GetBytes(body));
            await Eventually.TrueAsync(async () => await SendAsync(encoded) == expected);
        }

        async Task<int> SendAsync(byte[] encoded)
        {
            using var content = new ByteArrayContent(encoded);
            content.Headers.ContentEncoding.Add("gzip");
            using var response = await host.Client.PostAsync(new Uri("v1/models/m:predict", UriKind.Relative), content);
            return (int)response.StatusCode;
        }
    }

    [Fact]
    public async Task ModelInfer_MessageThatDecodesToMoreThanMayBeHeld_IsUnavailableAndIsNotHeld()
    {
        await using var host = await StartAsync(ServedTestModels.Linear(), ("Inference:MaxHeldRequestBytes", "5000000"));
        using var client = new GrpcTestClient(host.GrpcUrl);

        foreach (var (length, expected) in new[] { (6_000_000, 14), (6_000_000, 14), (4_900_000, 3), (4_900_000, 3) })
        {
            var unreadable = Gzip.Encode([.. Enumerable.Repeat((byte)0xFF, length)]);

            await Eventually.TrueAsync(async () => await SendAsync(unreadable) == expected);
        }

        async Task<int> SendAsync(byte[] encoded) =>
            (
                await client.SendAsync(
                    "ModelInfer",
                    ModelInferResponse.Parser,
                    GrpcTestClient.Frame(encoded, isEncoded: true),
                    ("grpc-encoding", "gzip")
                )
            ).Status;
    }

    [Fact]
    public async Task Regress_ContextTimesExamplesBeyondTheLimit_Answers413()
    {
        await using var host = await StartAsync(ServedTestModels.Linear(), ("Inference:MaxRequestBytes", "10000"));
        var examples = string.Join(',', Enumerable.Repeat("{}", 1000));

        var (status, answer, _) = await host.PostAsync(
            "v1/models/m:regress",
            $$"""{"context":{"x":"{{new string('x', 1000)}}"},"examples":[{{examples}}]}"""
        );

        Assert.Equal(413, status);
        Assert.Contains("exceed the limit of 10000 bytes (Inference:MaxRequestBytes)", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Predict_BodyInAnUnknownEncoding_Answers415()
    {
        await using var host = await StartAsync(ServedTestModels.Linear());
        using var content = new ByteArrayContent([1, 2, 3]);
        content.Headers.ContentEncoding.Add("br");

        using var response = await host.Client.PostAsync(new Uri("v1/models/m:predict", UriKind.Relative), content);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
    }

    [Fact]
    public async Task Predict_TimeLimitPasses_Answers504AndStopsTheRun()
    {
        await using var host = await StartAsync(
            ServedTestModels.Endless(),
            ("Inference:RequestTimeout", "00:00:00.300"),
            ("Inference:Serving:WarmUp", "false")
        );

        var (status, answer, _) = await host.PostAsync("v1/models/m:predict", """{"instances":[[1,1]]}""");

        Assert.Equal((504, """{"error":"model 'm': the request's time limit passed (Request timeout expired)"}"""), (status, answer));
    }

    [Fact]
    public async Task Infer_CallersOwnTimeout_Answers504()
    {
        await using var host = await StartAsync(ServedTestModels.Endless(), ("Inference:Serving:WarmUp", "false"));

        var (status, _, _) = await host.PostAsync(
            "v2/models/m/infer",
            """{"parameters":{"timeout":200000},"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]}"""
        );

        Assert.Equal(504, status);
    }

    [Fact]
    public async Task Predict_QueueFull_Answers429WithRetryAfter()
    {
        await using var host = await StartAsync(
            ServedTestModels.Endless(),
            ("Inference:RequestTimeout", "00:00:02"),
            ("Inference:Serving:WarmUp", "false"),
            ("Inference:Engine:QueueCapacity", "1"),
            ("Inference:Engine:ConcurrentRuns", "1"),
            ("Inference:Engine:MaxBatchSize", "1")
        );

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 12).Select(_ => host.PostAsync("v1/models/m:predict", """{"instances":[[1,1]]}"""))
        );

        Assert.All(answers, answer => Assert.Contains(answer.Status, new[] { 429, 504 }));
        var refused = answers.First(answer => answer.Status == 429);
        Assert.Equal("""{"error":"model 'm': the queue of 1 requests is full (Exceeds maximum queue size)"}""", refused.Body);
        Assert.Equal(TimeSpan.FromSeconds(1), refused.Response.Headers.RetryAfter!.Delta);
    }

    [Fact]
    public async Task Predict_CallerGivesUp_FreesTheModelForOthers()
    {
        await using var host = await StartAsync(
            ServedTestModels.Endless(),
            ("Inference:Serving:WarmUp", "false"),
            ("Inference:Engine:ConcurrentRuns", "1"),
            ("Inference:Engine:QueueCapacity", "1"),
            ("Inference:Engine:MaxBatchSize", "1")
        );
        for (var i = 0; i < 4; i++)
        {
            // One that hangs would keep the only run, and the next would be refused with 429.
            using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
            using var content = new StringContent("""{"instances":[[1,1]]}""", Encoding.UTF8, "application/json");
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
                host.Client.PostAsync(new Uri("v1/models/m:predict", UriKind.Relative), content, patience.Token)
            );
        }
        await Eventually.TrueAsync(async () =>
            (await host.GetAsync("metrics")).Body.Contains("slipway_inference_active_requests 0", StringComparison.Ordinal)
        );
        Assert.Equal(200, (await host.GetAsync("v2/models/m/ready")).Status);
    }

    [Fact]
    public async Task Predict_ConnectionCutInTheBody_HarmsNothing()
    {
        await using var host = await StartAsync(ServedTestModels.Linear());
        for (var i = 0; i < 20; i++)
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync("127.0.0.1", host.Client.BaseAddress!.Port);
            await socket
                .GetStream()
                .WriteAsync("POST /v1/models/m:predict HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{\"instances\":[[1,"u8.ToArray());
        }

        Assert.Equal(200, (await host.PostAsync("v1/models/m:predict", """{"instances":[[1,1]]}""")).Status);
        await Eventually.TrueAsync(async () =>
            (await host.GetAsync("metrics")).Body.Contains("slipway_inference_active_requests 0", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Stop_RequestUnderWay_IsAnsweredFirst()
    {
        await using var host = await StartAsync(
            ServedTestModels.Endless(),
            ("Inference:RequestTimeout", "00:00:01"),
            ("Inference:Serving:WarmUp", "false")
        );
        var call = host.PostAsync("v1/models/m:predict", """{"instances":[[1,1]]}""");
        await Eventually.TrueAsync(async () =>
            (await host.GetAsync("metrics")).Body.Contains("slipway_inference_active_requests 1", StringComparison.Ordinal)
        );

        await host.StopAsync();

        Assert.Equal(504, (await call).Status);
    }

    [Fact]
    public async Task Metrics_AfterRequests_TellEndpointModelAndVersion()
    {
        await using var host = await StartAsync(ServedTestModels.Linear());
        await host.PostAsync("v1/models/m:predict", """{"instances":[[1,1]]}""");
        await host.PostAsync("v1/models/unknown-name:predict", """{"instances":[[1,1]]}""");

        var metrics = (await host.GetAsync("metrics")).Body;

        const string Labels = "endpoint=\"m\",model=\"m\",version=\"1\"";
        Assert.Contains("slipway_inference_queue_duration_seconds_count{" + Labels + "} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("slipway_inference_compute_duration_seconds_count{" + Labels + "} 1", metrics, StringComparison.Ordinal);
        Assert.Contains(
            "slipway_inference_request_duration_seconds_count{endpoint=\"m\",http_response_status_code=\"200\",model=\"m\",version=\"1\"} 1",
            metrics,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "slipway_inference_request_duration_seconds_count{endpoint=\"\",http_response_status_code=\"404\",model=\"\",version=\"\"} 1",
            metrics,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("unknown-name", metrics, StringComparison.Ordinal);
        Assert.Contains("slipway_prediction_log_written_total", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Predict_InATrace_GivesItsSpansAndTheRecordTheTrace()
    {
        var spans = new ConcurrentBag<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Microsoft.AspNetCore" or "Slipway.Inference",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);
        await using var host = await StartAsync(ServedTestModels.Linear());
        var trace = ActivityTraceId.CreateRandom().ToString();

        await host.PostAsync(
            "v1/models/m:predict",
            """{"instances":[[1,1]]}""",
            ("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01"),
            (PredictionHeaders.PredictionId, "traced")
        );

        var record = (await host.LoggedAsync("traced", 1))[0];
        await Eventually.TrueAsync(() => spans.Count(span => span.TraceId.ToString() == trace) == 5);
        var request = spans.Single(span => span.TraceId.ToString() == trace && span.Kind == ActivityKind.Server);
        Assert.Equal(request.Id, record.TraceParent);
        var phases = spans.Where(span => span.ParentId == request.Id).Select(span => span.OperationName).Order();
        Assert.Equal(["compute", "compute_input", "compute_output", "queue"], phases);
    }

    private async Task<InferenceHost> StartAsync(byte[] model, params (string Key, string Value)[] settings)
    {
        var revision = _registry.Set([_registry.Add("m", 1, model)]);
        var host = await InferenceHost.StartAsync(_registry, _folder, null, settings);
        await host.LoadedAsync(revision);
        return host;
    }

    private sealed class Chunked(int bytes) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var piece = new byte[1000];
            Array.Fill(piece, (byte)' ');
            for (var sent = 0; sent < bytes; sent += piece.Length)
            {
                await stream.WriteAsync(piece);
                await stream.FlushAsync();
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
