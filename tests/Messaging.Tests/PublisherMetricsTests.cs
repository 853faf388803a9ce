using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace Slipway.Messaging.Tests;

public sealed class PublisherMetricsTests
{
    [Fact]
    public async Task PublishAsync_SuccessAndFailure_AreMeasuredApart()
    {
        await using var host = await MessagingHost.StartAsync(new InProcessBus(), _ => { });
        var factory = host.Services.GetRequiredService<IMeterFactory>();
        var seen = new ConcurrentBag<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, factory) && instrument.Name == "messaging.client.operation.duration")
                {
                    l.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>(
            (_, _, tags, _) => seen.Add(string.Join(",", tags.ToArray().Select(t => $"{t.Key}={t.Value}")))
        );
        listener.Start();

        await host.PublishAsync(SampleMessages.StateChanged());
        await Assert.ThrowsAsync<MessageNotPublishedException>(() => host.PublishAsync(SampleMessages.Train()));

        Assert.Equal(
            [
                "messaging.system=in_process,messaging.operation.name=publish,messaging.destination.name=serving-state-changed",
                "messaging.system=in_process,messaging.operation.name=publish,messaging.destination.name=train-model,error.type=MessageNotPublishedException",
            ],
            seen.Order(StringComparer.Ordinal)
        );
    }
}
