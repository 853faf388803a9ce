using System.Net;
using System.Net.Sockets;
using Slipway.Registry.Api.Http.Outbound;

namespace Slipway.Registry.Api.Tests.Http;

/// <summary>A name server of the test's: gives the addresses in turn, the last one ever after.</summary>
internal sealed class FixedResolver(params string[] addresses) : IHostResolver
{
    private int _asked;

    public int Asked => _asked;

    public Task<IPAddress[]> ResolveAsync(string host, CancellationToken ct)
    {
        var index = Math.Min(Interlocked.Increment(ref _asked), addresses.Length) - 1;
        return index < 0
            ? throw new SocketException((int)SocketError.HostNotFound)
            : Task.FromResult(addresses[index].Split(',').Select(IPAddress.Parse).ToArray());
    }
}
