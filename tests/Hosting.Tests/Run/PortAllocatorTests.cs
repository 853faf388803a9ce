using System.Net;
using System.Net.Sockets;
using Aspire.Hosting;
using Aspire.Hosting.Run;
using Microsoft.Extensions.Configuration;

namespace Slipway.Hosting.Tests.Run;

public class PortAllocatorTests
{
    [Fact]
    public void Allocate_Setting_WinsOverTheUsualPort()
    {
        var free = Allocator().Free("x");
        Assert.Equal(free, Allocator(("Ports:web", $"{free}")).Allocate("web", "web (http)", 1));
    }

    [Fact]
    public void Allocate_Dynamic_TakesAnotherThanTheUsual()
    {
        var port = Allocator(dynamic: true).Allocate("web", "web (http)", 1);
        Assert.InRange(port, 10000, 32767);
    }

    [Fact]
    public void Allocate_Zero_TakesAny()
    {
        var allocator = Allocator(("Ports:web", "0"));
        Assert.InRange(allocator.Allocate("web", "web (http)", 1), 10000, 32767);
        allocator.ThrowIfAnyProblem();
    }

    [Fact]
    public void ThrowIfAnyProblem_SeveralTaken_OneErrorNamesThemAll()
    {
        using var first = Listen(IPAddress.Loopback);
        using var second = Listen(IPAddress.Any);
        var (one, two) = (Port(first), Port(second));
        var allocator = Allocator();
        allocator.Allocate("a", "a (http)", one);
        allocator.Allocate("b-metrics", "b (metrics)", two);

        var error = Assert.Throws<DistributedApplicationException>(allocator.ThrowIfAnyProblem);

        Assert.Contains($"Port {one}, for a (http), is taken", error.Message, StringComparison.Ordinal);
        Assert.Contains("--Ports:a=", error.Message, StringComparison.Ordinal);
        Assert.Contains($"Port {two}, for b (metrics), is taken", error.Message, StringComparison.Ordinal);
        Assert.Contains("Ports__b-metrics", error.Message, StringComparison.Ordinal);
        Assert.Contains("--ports dynamic", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ThrowIfAnyProblem_SamePortTwice_NamesBoth()
    {
        var free = Allocator().Free("x");
        var allocator = Allocator();
        allocator.Allocate("a", "a (http)", free);
        allocator.Allocate("b", "b (http)", free);
        var error = Assert.Throws<DistributedApplicationException>(allocator.ThrowIfAnyProblem);
        Assert.Contains("both a (http) and b (http)", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("-1")]
    [InlineData("65536")]
    public void ThrowIfAnyProblem_NotAPort_NamesTheSetting(string value)
    {
        var allocator = Allocator(("Ports:a", value));
        allocator.Allocate("a", "a (http)", 1);
        var error = Assert.Throws<DistributedApplicationException>(allocator.ThrowIfAnyProblem);
        Assert.Contains($"Ports:a is '{value}'", error.Message, StringComparison.Ordinal);
    }

    private static PortAllocator Allocator(params (string Key, string Value)[] settings) => Allocator(false, settings);

    private static PortAllocator Allocator(bool dynamic, params (string Key, string Value)[] settings) =>
        new(
            new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value))).Build(),
            dynamic
        );

    private static TcpListener Listen(IPAddress address)
    {
        var listener = new TcpListener(address, 0);
        listener.Start();
        return listener;
    }

    private static int Port(TcpListener listener) => ((IPEndPoint)listener.LocalEndpoint).Port;
}
