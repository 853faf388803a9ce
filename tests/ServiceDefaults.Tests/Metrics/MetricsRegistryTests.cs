using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.ServiceDefaults.Metrics;

namespace Slipway.ServiceDefaults.Tests.Metrics;

public sealed class MetricsRegistryTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MetricsRegistry _registry;
    private readonly Meter _meter;

    public MetricsRegistryTests()
    {
        var factory = _services.GetRequiredService<IMeterFactory>();
        _registry = new MetricsRegistry(factory, NullLogger<MetricsRegistry>.Instance);
        _registry.Start();
        _meter = factory.Create("test");
    }

    public void Dispose()
    {
        _registry.Dispose();
        _services.Dispose();
    }

    [Fact]
    public void Forget_Labels_DropsWhatCarriesAllOfThem()
    {
        var counter = _meter.CreateCounter<long>("t.requests");
        var histogram = _meter.CreateHistogram<double>("t.duration");
        foreach (var version in (string[])["1", "2"])
        {
            counter.Add(1, new("model", "m"), new("version", version), new("status", 200));
            counter.Add(1, new("status", 200), new("version", version), new("model", "m"));
            histogram.Record(1, new("model", "m"), new("version", version));
        }
        counter.Add(1, new KeyValuePair<string, object?>("version", "1"));

        _registry.Forget(new("model", "m"), new("version", "1"));

        var left = _registry.Render();
        Assert.DoesNotContain("model=\"m\",version=\"1\"", left, StringComparison.Ordinal);
        Assert.DoesNotContain("model=\"m\",status=\"200\",version=\"1\"", left, StringComparison.Ordinal);
        Assert.Contains("t_requests_total{model=\"m\",status=\"200\",version=\"2\"} 2\n", left, StringComparison.Ordinal);
        Assert.Contains("t_requests_total{version=\"1\"} 1\n", left, StringComparison.Ordinal);
        Assert.Contains("t_duration_count{model=\"m\",version=\"2\"} 1\n", left, StringComparison.Ordinal);
        // Measured again, it begins again.
        counter.Add(5, new("model", "m"), new("version", "1"), new("status", 200));
        Assert.Contains("t_requests_total{model=\"m\",status=\"200\",version=\"1\"} 5\n", _registry.Render(), StringComparison.Ordinal);
    }

    [Fact]
    public void Forget_ManyOneAfterAnother_LeavesRoomForNewOnes()
    {
        var counter = _meter.CreateCounter<long>("t.requests");

        for (var version = 0; version < 3 * MetricFamily.SeriesLimit; version++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("version", version));
            _registry.Forget(new KeyValuePair<string, string>("version", $"{version - 1}"));
        }

        Assert.Equal(
            ["t_requests_total{version=\"5999\"} 1"],
            _registry.Render().Split('\n').Where(line => line.StartsWith("t_requests_total{", StringComparison.Ordinal))
        );
    }

    [Fact]
    public void Render_Counter_IsExact()
    {
        var counter = _meter.CreateCounter<long>("t.requests", "{request}", "Requests\nwith a \\ and a \"quote\"");
        counter.Add(2, new("method", "GET"), new("code", 200));
        counter.Add(3, new("code", 200), new("method", "GET"));
        counter.Add(1, new("method", "a\"b\\c\nd"), new("code", null));

        Assert.Equal(
            """
            # HELP t_requests_total Requests\nwith a \\ and a "quote"
            # TYPE t_requests_total counter
            t_requests_total{code="",method="a\"b\\c\nd"} 1
            t_requests_total{code="200",method="GET"} 5

            """,
            Own("t_requests")
        );
    }

    [Fact]
    public void Render_HistogramWithAdvice_CountsCumulativelyWithInclusiveBounds()
    {
        var histogram = _meter.CreateHistogram(
            "t.duration",
            "s",
            "How long",
            tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 0.5, 1] }
        );
        foreach (var value in new[] { 0.05, 0.1, 0.25, 1, 7, double.NaN })
        {
            histogram.Record(value, new KeyValuePair<string, object?>("model", "m"));
        }

        Assert.Equal(
            """
            # HELP t_duration_seconds How long
            # TYPE t_duration_seconds histogram
            t_duration_seconds_bucket{model="m",le="0.1"} 2
            t_duration_seconds_bucket{model="m",le="0.5"} 3
            t_duration_seconds_bucket{model="m",le="1"} 4
            t_duration_seconds_bucket{model="m",le="+Inf"} 5
            t_duration_seconds_sum{model="m"} 8.4
            t_duration_seconds_count{model="m"} 5

            """,
            Own("t_duration")
        );
    }

    [Fact]
    public void Render_HistogramWithoutAdvice_HasBoundsOfItsUnit()
    {
        _meter.CreateHistogram<double>("t.default", "s").Record(0.004);

        var text = Own("t_default");

        Assert.Contains("t_default_seconds_bucket{le=\"0.005\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("t_default_seconds_count 1\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_UpDownCounterAndGauges_ShowTheCurrentValue()
    {
        var upDown = _meter.CreateUpDownCounter<int>("t.up");
        upDown.Add(5);
        upDown.Add(-2);
        _meter.CreateGauge<double>("t.gauge", "%").Record(12.5);
        _meter.CreateObservableGauge("t.observed", () => double.PositiveInfinity);

        Assert.Equal(
            """
            # TYPE t_gauge_percent gauge
            t_gauge_percent 12.5
            # TYPE t_observed gauge
            t_observed +Inf
            # TYPE t_up gauge
            t_up 3

            """,
            Own("t_")
        );
    }

    [Fact]
    public void Render_ObservableCounter_ShowsTheLatestTotalsAndForgetsWhatIsGone()
    {
        Measurement<long>[] now =
        [
            new(10, new KeyValuePair<string, object?>("q", "a")),
            new(4, new KeyValuePair<string, object?>("q", "b")),
        ];
        _meter.CreateObservableCounter("t.seen", () => now);
        Assert.Contains("t_seen_total{q=\"a\"} 10\nt_seen_total{q=\"b\"} 4\n", Own("t_seen"), StringComparison.Ordinal);

        now = [new(12, new KeyValuePair<string, object?>("q", "a"))];

        Assert.Equal("# TYPE t_seen_total counter\nt_seen_total{q=\"a\"} 12\n", Own("t_seen"));
    }

    [Fact]
    public void Render_CallbackThrows_OthersAreShownAndTheFailureIsCounted()
    {
        _meter.CreateObservableGauge<int>("t.broken", int () => throw new InvalidOperationException("no"));
        _meter.CreateObservableGauge("t.fine", () => 1);

        var text = _registry.Render();

        Assert.Contains("\nt_fine 1\n", "\n" + text, StringComparison.Ordinal);
        Assert.Contains("\nslipway_metrics_failed_callbacks_total 1\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_TooManySeries_CountsTheRestTogether()
    {
        var counter = _meter.CreateCounter<long>("t.many");
        for (var i = 0; i < MetricFamily.SeriesLimit + 7; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("user", i));
        }

        var text = Own("t_many");

        // The type, the series up to the limit, and the one for all others.
        Assert.Equal(1 + MetricFamily.SeriesLimit + 1, text.Count(c => c == '\n'));
        Assert.Contains("t_many_total{otel_metric_overflow=\"true\"} 7\n", text, StringComparison.Ordinal);
        Assert.Contains("\nslipway_metrics_overflowed_measurements_total 7\n", _registry.Render(), StringComparison.Ordinal);
    }

    [Fact]
    public void Render_SameNameOfAnotherType_KeepsTheFirst()
    {
        _meter.CreateGauge<long>("t.same").Record(1);
        _meter.CreateHistogram<long>("t.same").Record(1);

        Assert.Equal("# TYPE t_same gauge\nt_same 1\n", Own("t_same"));
    }

    [Fact]
    public void Render_MeterOfAnotherContainer_IsNotShown()
    {
        using var others = new ServiceCollection().AddMetrics().BuildServiceProvider();
        others.GetRequiredService<IMeterFactory>().Create("test").CreateCounter<long>("t.foreign").Add(1);
        using var global = new Meter("test.global");
        global.CreateCounter<long>("t.global").Add(1);

        Assert.Equal("", Own("t_foreign"));
        Assert.Equal("# TYPE t_global_total counter\nt_global_total 1\n", Own("t_global"));
    }

    [Fact]
    public void Record_KnownSeries_AllocatesNothing()
    {
        var counter = _meter.CreateCounter<long>("t.hot");
        var histogram = _meter.CreateHistogram<double>("t.hot_histogram", "s");
        Record();
        Record();
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 1_000; i++)
        {
            Record();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Record()
        {
            counter.Add(1, new("model", "m"), new("endpoint", "e"));
            histogram.Record(0.01, new("model", "m"), new("endpoint", "e"));
        }
    }

    [Fact]
    public async Task Record_FromManyThreads_LosesNothing()
    {
        var counter = _meter.CreateCounter<long>("t.parallel");
        var histogram = _meter.CreateHistogram<long>("t.parallel_histogram");

        await Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(_ =>
                    Task.Run(() =>
                    {
                        for (var i = 0; i < 5_000; i++)
                        {
                            counter.Add(1, new KeyValuePair<string, object?>("k", i % 3));
                            histogram.Record(1);
                        }
                    })
                )
        );

        var values = Own("t_parallel_total").Split('\n').Where(l => l.StartsWith("t_parallel_total{", StringComparison.Ordinal));
        Assert.Equal(20_000, values.Sum(l => int.Parse(l.Split(' ')[1])));
        Assert.Contains("t_parallel_histogram_count 20000\n", Own("t_parallel_histogram"), StringComparison.Ordinal);
    }

    /// <summary>The families whose name starts so: other tests of this process have process-wide meters too.</summary>
    private string Own(string prefix) =>
        string.Concat(
            _registry
                .Render()
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Where(line =>
                    line.StartsWith(prefix, StringComparison.Ordinal)
                    || line.StartsWith("# HELP " + prefix, StringComparison.Ordinal)
                    || line.StartsWith("# TYPE " + prefix, StringComparison.Ordinal)
                )
                .Select(line => line + "\n")
        );
}
