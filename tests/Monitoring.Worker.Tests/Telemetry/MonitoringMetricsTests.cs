using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Contracts.Monitoring;
using Slipway.Monitoring.Worker.Telemetry;
using Slipway.Monitoring.Worker.Tests.Hosting;
using Slipway.Monitoring.Worker.Windows;

namespace Slipway.Monitoring.Worker.Tests.Telemetry;

public sealed class MonitoringMetricsTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    [Fact]
    public void DriftComputed_MoreThanTheBound_ForgetsTheVersionComputedLongestAgo()
    {
        var metrics = new MonitoringMetrics(_services.GetRequiredService<IMeterFactory>());
        for (var version = 1; version <= 4; version++)
        {
            metrics.DriftComputed(Records.Endpoint, Window(version), Drift(300, psi: 1));
        }
        metrics.DriftComputed(Records.Endpoint, Window(2), Drift(300, psi: 2));

        metrics.DriftComputed(Records.Endpoint, Window(5), Drift(300, psi: 5));

        var measured = Measure();
        Assert.Equal(900, measured.Count);
        Assert.Equal([(2, 2.0), (4, 1.0), (5, 5.0)], measured.Distinct().Order());
    }

    public void Dispose() => _services.Dispose();

    private static WindowKey Window(int version) => new(Records.Model, version, Records.Start);

    private static FeatureDrift[] Drift(int features, double psi) =>
        [
            .. Enumerable
                .Range(0, features)
                .Select(i => new FeatureDrift
                {
                    Feature = $"f{i}",
                    Psi = psi,
                    Drifted = false,
                }),
        ];

    private List<(int Version, double Psi)> Measure()
    {
        var measured = new List<(int, double)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Scope == _services.GetRequiredService<IMeterFactory>())
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>(
            (_, value, tags, _) => measured.Add(((int)tags.ToArray().Single(tag => tag.Key == "version").Value!, value))
        );
        listener.Start();
        listener.RecordObservableInstruments();
        return measured;
    }
}
