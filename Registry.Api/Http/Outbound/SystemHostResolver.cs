using System.Net;

namespace Slipway.Registry.Api.Http.Outbound;

/// <summary>The system's name service.</summary>
internal sealed class SystemHostResolver : IHostResolver
{
    public Task<IPAddress[]> ResolveAsync(string host, CancellationToken ct) =>
        // The name service refuses 0.0.0.0 and :: with an exception of its own.
        IPAddress.TryParse(host, out var address)
            ? Task.FromResult<IPAddress[]>([address])
            : Dns.GetHostAddressesAsync(host, ct);
}
