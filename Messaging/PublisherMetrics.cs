using System.Diagnostics;
using System.Diagnostics.Metrics;
using Slipway.Messaging.Topology;

namespace Slipway.Messaging;

/// <summary>How long publishing takes, and how often it fails: OpenTelemetry's <c>messaging.client.operation.duration</c>.</summary>
internal sealed class PublisherMetrics
{
    private readonly Histogram<double> _duration;
    private readonly string _system;

    internal PublisherMetrics(IMeterFactory meters, string system)
    {
        _system = system;
        _duration = meters
            .Create("Slipway.Messaging")
            .CreateHistogram(
                "messaging.client.operation.duration",
                "s",
                "Time until a message was confirmed, or given back to its sender.",
                tags: null,
                new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] }
            );
    }

    internal async Task MeasureAsync<T>(TimeProvider clock, Func<Task> publish)
    {
        var start = clock.GetTimestamp();
        var tags = new TagList
        {
            { "messaging.system", _system },
            { "messaging.operation.name", "publish" },
            { "messaging.destination.name", KebabCase.Of(typeof(T)) },
        };
        try
        {
            await publish();
        }
        catch (Exception e)
        {
            tags.Add("error.type", e.GetType().Name);
            throw;
        }
        finally
        {
            _duration.Record(clock.GetElapsedTime(start).TotalSeconds, tags);
        }
    }
}
