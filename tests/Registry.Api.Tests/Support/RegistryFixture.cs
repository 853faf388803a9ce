namespace Slipway.Registry.Api.Tests.Support;

/// <summary>One registry for all tests of a class.</summary>
public sealed class RegistryFixture : IAsyncLifetime
{
    public RegistryHost Host { get; private set; } = null!;

    public async Task InitializeAsync() => Host = await RegistryHost.StartAsync();

    public async Task DisposeAsync() => await Host.DisposeAsync();
}
