using System.Diagnostics;
using System.Text.Json;
using Slipway.Contracts.Messages;
using Slipway.Inference.Service.Tests.Hosting;
using Slipway.Messaging;
using Slipway.Testing;

namespace Slipway.Inference.Service.Tests.PredictionLog;

public sealed class PredictionPublisherTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly RecordingPublisher _broker = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task RunOnceAsync_ManyRecords_FormsBatchesOfAtMost500InOrder()
    {
        using var log = new TestLog(_folder, publisher: _broker);
        await log.LogAsync("r", rows: 1200);

        for (var i = 0; i < 3; i++)
        {
            await log.Publisher.RunOnceAsync(CancellationToken.None);
        }

        Assert.Equal([500, 500, 200], _broker.Batches.Select(batch => batch.ReadRecords().Count));
        Assert.Equal(Enumerable.Range(0, 1200).Select(i => $"r_{i}"), _broker.Records.Select(record => record.PredictionId));
        Assert.Equal(1200, log.Metrics.PublishedCount);
        Assert.Equal(0, log.Journal.PendingBytes);
    }

    [Fact]
    public async Task RunOnceAsync_PublishFails_KeepsTheBatchForTheNextTry()
    {
        using var log = new TestLog(_folder, publisher: _broker);
        await log.LogAsync("a");
        _broker.IsAway = true;

        await Assert.ThrowsAsync<MessageNotPublishedException>(() => log.Publisher.RunOnceAsync(CancellationToken.None));
        await log.LogAsync("b");
        _broker.IsAway = false;
        await log.Publisher.RunOnceAsync(CancellationToken.None);

        Assert.Equal(["a", "b"], _broker.Records.Select(record => record.PredictionId));
    }

    [Fact]
    public async Task RunOnceAsync_LargeRecordsTriedAgain_DoNotMakeALargerMessage()
    {
        using var log = new TestLog(_folder, publisher: _broker);
        for (var i = 0; i < 12; i++)
        {
            await log.LogAsync($"{i}-{new string('x', 1 << 20)}");
        }
        _broker.IsAway = true;
        for (var i = 0; i < 3; i++)
        {
            await Assert.ThrowsAsync<MessageNotPublishedException>(() => log.Publisher.RunOnceAsync(CancellationToken.None));
        }
        _broker.IsAway = false;

        for (var i = 0; i < 3; i++)
        {
            await log.Publisher.RunOnceAsync(CancellationToken.None);
        }

        // Four megabytes and what the last record runs over.
        Assert.Equal([4, 4, 4], _broker.Batches.Select(batch => batch.ReadRecords().Count));
    }

    [Fact]
    public async Task ExecuteAsync_BrokerAwayForAWhile_LosesNothingAndKeepsTheOrder()
    {
        using var log = new TestLog(_folder, options => options.SegmentBytes = 4096, _broker);
        _broker.IsAway = true;
        await log.Publisher.StartAsync(CancellationToken.None);
        for (var i = 0; i < 300; i++)
        {
            await log.LogAsync($"r{i}");
        }
        await Eventually.TrueAsync(() => _broker.Failures > 2);

        _broker.IsAway = false;

        await Eventually.TrueAsync(() => _broker.Records.Count >= 300);
        Assert.Equal(Enumerable.Range(0, 300).Select(i => $"r{i}"), _broker.Records.Select(record => record.PredictionId));
        await log.Publisher.StopAsync(CancellationToken.None);
        Assert.Equal(0, log.Journal.PendingBytes);
    }

    [Fact]
    public async Task ExecuteAsync_ProcessKilledWhileTheBrokerIsAway_TheNextOnePublishes()
    {
        _broker.IsAway = true;
        using (var killed = new TestLog(_folder, publisher: _broker))
        {
            await killed.LogAsync("a", rows: 700);
            await Assert.ThrowsAsync<MessageNotPublishedException>(() => killed.Publisher.RunOnceAsync(CancellationToken.None));
        }
        _broker.IsAway = false;
        using var next = new TestLog(_folder, publisher: _broker);
        await next.Publisher.StartAsync(CancellationToken.None);

        await Eventually.TrueAsync(() => _broker.Records.Count == 700);
        await next.Publisher.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task StopAsync_RecordsWaiting_PublishesThemFirst()
    {
        using var log = new TestLog(_folder, options => options.MaxBatchDelay = TimeSpan.FromMinutes(1), _broker);
        await log.Publisher.StartAsync(CancellationToken.None);
        await log.LogAsync("last", rows: 3);

        await log.Publisher.StopAsync(CancellationToken.None);

        Assert.Equal(["last_0", "last_1", "last_2"], _broker.Records.Select(record => record.PredictionId));
    }

    [Fact]
    public async Task StopAsync_BrokerAway_LeavesTheRecordsOnDisk()
    {
        using (var log = new TestLog(_folder, publisher: _broker))
        {
            _broker.IsAway = true;
            await log.Publisher.StartAsync(CancellationToken.None);
            await log.LogAsync("kept");

            await log.Publisher.StopAsync(CancellationToken.None);

            Assert.True(log.Journal.PendingBytes > 0);
        }
        using var next = new TestLog(_folder, publisher: _broker);
        Assert.Equal(["kept"], next.ReadAll().Select(record => record.PredictionId));
    }

    [Fact]
    public async Task RunOnceAsync_RecordsOfSeveralTraces_ContinuesTheFirstSampledAndLinksTheOthers()
    {
        var published = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Slipway.Inference.PredictionLog",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = published.Add,
        };
        ActivitySource.AddActivityListener(listener);
        using var log = new TestLog(_folder, publisher: _broker);
        var (first, second) = (Trace(), Trace());
        await log.LogAsync("none");
        await log.LogAsync("unsampled", traceParent: Trace(flags: "00"));
        await log.LogAsync("a", traceParent: first);
        await log.LogAsync("b", traceParent: second);
        await log.LogAsync("c", traceParent: first);

        await log.Publisher.RunOnceAsync(CancellationToken.None);

        // Other tests of this process may publish meanwhile.
        var activity = Assert.Single(published, activity => activity.ParentId == first);
        Assert.Equal(second.Split('-')[1], Assert.Single(activity.Links).Context.TraceId.ToString());
        Assert.Equal(first, _broker.Records[2].TraceParent);
    }

    [Fact]
    public async Task RunOnceAsync_Batch_NamesItselfAndItsSource()
    {
        using var log = new TestLog(_folder, publisher: _broker);
        await log.LogAsync("a");

        await log.Publisher.RunOnceAsync(CancellationToken.None);

        PredictionsLogged batch = _broker.Batches.Single();
        Assert.NotEqual(Guid.Empty, batch.BatchId);
        Assert.NotEqual("", batch.Source);
        Assert.Equal(2, batch.SchemaVersion);
    }

    [Fact]
    public async Task RunOnceAsync_Batch_SurvivesTheWire()
    {
        using var log = new TestLog(_folder, publisher: _broker);
        await log.LogAsync("a", rows: 2);
        await log.LogAsync("b");

        await log.Publisher.RunOnceAsync(CancellationToken.None);

        var sent = JsonSerializer.Serialize(_broker.Batches.Single());
        var received = JsonSerializer.Deserialize<PredictionsLogged>(sent)!.ReadRecords();
        Assert.Equal(["a_0", "a_1", "b"], received.Select(record => record.PredictionId));
        Assert.All(received, record => Assert.Equal(("demand", "bike", 3), (record.Endpoint, record.Model, record.Version)));
        Assert.Equal(1.0, received[1].Numbers["x"]);
    }

    private static string Trace(string flags = "01") => $"00-{ActivityTraceId.CreateRandom()}-{ActivitySpanId.CreateRandom()}-{flags}";
}
