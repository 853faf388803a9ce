using System.Net;

namespace Slipway.Registry.Api.Http.Outbound;

/// <summary>Finds a host's addresses. Tests put a name server of their own in its place.</summary>
internal interface IHostResolver
{
    /// <summary>The host's addresses; for an address in text, that address.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">The host is not known, or the name server is away.</exception>
    Task<IPAddress[]> ResolveAsync(string host, CancellationToken ct);
}
