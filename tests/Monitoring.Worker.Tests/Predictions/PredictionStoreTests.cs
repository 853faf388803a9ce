using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Slipway.Contracts.Messages;
using Slipway.Monitoring.Worker.Predictions;
using Slipway.Monitoring.Worker.Tests.Hosting;
using Xunit.Abstractions;

namespace Slipway.Monitoring.Worker.Tests.Predictions;

public sealed class PredictionStoreTests(ITestOutputHelper output)
{
    [Fact]
    public async Task StoreAsync_SameBatchThreeTimes_StoresOnce()
    {
        await using var host = await MonitoringHost.StartAsync();
        var batch = Records.Hour(0);

        Assert.Equal(new StoredBatch(60, 0, 0, 0), await host.StoreAsync(batch));
        Assert.Equal(new StoredBatch(0, 60, 0, 0), await host.StoreAsync(batch));
        Assert.Equal(new StoredBatch(1, 60, 0, 0), await host.StoreAsync([.. batch, Records.Prediction("new")]));
        Assert.Equal(61, (await host.Client.GetStatsAsync()).Predictions);
    }

    [Fact]
    public async Task StoreAsync_SameIdWithOtherContent_KeepsTheFirst()
    {
        await using var host = await MonitoringHost.StartAsync();
        await host.StoreAsync(Records.Prediction("a", value: 1));

        Assert.Equal(
            new StoredBatch(1, 0, 2, 0),
            await host.StoreAsync(Records.Prediction("a", value: 2), Records.Prediction("b", value: 3), Records.Prediction("b", value: 4))
        );
        Assert.Equal(1.0, await host.ScalarAsync<double>("SELECT value FROM predictions WHERE prediction_id = 'a'"));
    }

    [Fact]
    public async Task StoreAsync_DictionariesNull_StoresWithoutFeatures()
    {
        await using var host = await MonitoringHost.StartAsync();
        Assert.Equal(1, (await host.StoreAsync(Records.Prediction("a") with { Numbers = null!, Categories = null! })).Stored);
    }

    [Fact]
    public async Task StoreAsync_RefusedByTheDatabaseAlone_IsFoundByHalving()
    {
        await using var host = await MonitoringHost.StartAsync();
        // Stands for whatever the checks may one day miss.
        await host.ScalarAsync<string>("ALTER TABLE predictions ADD CONSTRAINT odd CHECK (value <> 13); SELECT 'done'");
        var batch = Records.Hour(0);
        batch[17] = batch[17] with { Value = 13 };
        Assert.Equal(new StoredBatch(59, 0, 0, 1), await host.StoreAsync(batch));
    }

    [Fact]
    public async Task StoreAsync_DatabaseTakesNothing_GivesTheBatchBackInsteadOfDroppingIt()
    {
        await using var host = await MonitoringHost.StartAsync();
        await host.ScalarAsync<string>("ALTER TABLE predictions RENAME TO elsewhere; SELECT 'done'");

        await Assert.ThrowsAsync<PostgresException>(() => host.StoreAsync(Records.Hour(0)));
        await Assert.ThrowsAsync<PostgresException>(() => host.StoreAsync(Records.Prediction("alone")));

        await host.ScalarAsync<string>("ALTER TABLE elsewhere RENAME TO predictions; SELECT 'done'");
        Assert.Equal(new StoredBatch(60, 0, 0, 0), await host.StoreAsync(Records.Hour(0)));
    }

    [Fact]
    public async Task StoreAsync_FirstPrediction_GivesTheEndpointItsMonitor()
    {
        await using var host = await MonitoringHost.StartAsync();
        await host.StoreAsync(Records.Prediction("a"));
        var monitor = Assert.Single(await host.Client.ListMonitorsAsync());
        Assert.Equal(Records.Endpoint, monitor.Endpoint);
        Assert.Equal(3600, monitor.WindowSeconds);
    }

    [Fact]
    public async Task StoreAsync_ManyBatchesAtOnce_LosesNone()
    {
        await using var host = await MonitoringHost.StartAsync();
        // Every batch twice, the second in reverse order: without sorted inserts two of them would wait for each other.
        var batches = Enumerable.Range(0, 8).Select(h => Records.Hour(h, 200)).ToArray();
        var stored = await Task.WhenAll(batches.Concat(batches.Select(b => b.Reverse().ToArray())).Select(b => host.StoreAsync(b)));
        Assert.Equal(1600, stored.Sum(s => s.Stored));
        Assert.Equal(1600, stored.Sum(s => s.Duplicates));
    }

    [Fact]
    public async Task StoreAsync_BatchesOf500_ManyRowsASecond()
    {
        await using var host = await MonitoringHost.StartAsync();
        var batches = Enumerable.Range(0, 40).Select(Batch).ToArray();
        await host.StoreAsync(batches[0]);
        var watch = Stopwatch.StartNew();
        foreach (var batch in batches.Skip(1))
        {
            Assert.Equal(500, (await host.StoreAsync(batch)).Stored);
        }
        var rate = 39 * 500 / watch.Elapsed.TotalSeconds;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{rate:0} predictions/s in batches of 500, 12 features each"));
        Assert.Equal(20_000, (await host.Client.GetStatsAsync()).Predictions);
    }

    private static PredictionRecord[] Batch(int batch) =>
        [
            .. Enumerable
                .Range(0, 500)
                .Select(i =>
                    Records.Prediction($"b{batch}-{i}", Records.Start.AddSeconds((batch * 500) + i)) with
                    {
                        Numbers = Enumerable.Range(0, 8).ToDictionary(f => $"f{f}", double? (f) => f + (i / 500.0)),
                        Categories = Enumerable.Range(0, 4).ToDictionary(f => $"c{f}", string? (f) => $"v{(f + i) % 7}"),
                    }
                ),
        ];
}
