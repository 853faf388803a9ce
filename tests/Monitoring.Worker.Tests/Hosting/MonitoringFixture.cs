namespace Slipway.Monitoring.Worker.Tests.Hosting;

/// <summary>One service for all tests of a class that leave nothing in it that others would see.</summary>
public sealed class MonitoringFixture : IAsyncLifetime
{
    internal MonitoringHost Host { get; private set; } = null!;

    public async Task InitializeAsync() => Host = await MonitoringHost.StartAsync();

    public async Task DisposeAsync() => await Host.DisposeAsync();
}
