using Slipway.Registry.Api.Webhooks;

namespace Slipway.Registry.Api.Tests.Webhooks;

public sealed class RetryPlanTests
{
    [Theory]
    [InlineData(1, 0, null, 1)]
    [InlineData(2, 0, null, 2)]
    [InlineData(5, 0, null, 16)]
    [InlineData(5, 1, null, 8)]
    [InlineData(100, 0, null, 600)]
    [InlineData(int.MaxValue, 0, null, 600)]
    [InlineData(1, 0, 30, 30)]
    [InlineData(6, 0, 30, 32)]
    [InlineData(1, 0, -5, 1)]
    [InlineData(1, 0, 1_000_000, 600)]
    public void Delay_DoublesUpToTheLongest_AndHeedsTheReceiver(int attempt, double jitter, int? retryAfter, double seconds) =>
        Assert.Equal(
            seconds,
            RetryPlan
                .Delay(
                    attempt,
                    TimeSpan.FromSeconds(1),
                    TimeSpan.FromMinutes(10),
                    retryAfter is { } s ? TimeSpan.FromSeconds(s) : null,
                    jitter
                )
                .TotalSeconds
        );
}
