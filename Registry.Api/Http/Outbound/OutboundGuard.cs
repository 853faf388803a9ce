using System.Net;
using System.Net.Sockets;

namespace Slipway.Registry.Api.Http.Outbound;

/// <summary>
/// Guards requests to addresses that somebody else chose (webhooks, copies to other registries). The handler resolves a host once for each connection, refuses
/// it when any of its addresses is not allowed, and connects to one of those very addresses: a name that changes its mind in between gains nothing. Redirects
/// are not followed, and no proxy is used, since either would go where nobody has looked.
/// </summary>
internal sealed class OutboundGuard(OutboundRules rules, IHostResolver resolver)
{
    private static readonly TimeSpan s_connectTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_connectionLifetime = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Why the address may not be used, or null. A host that cannot be resolved now is let through: the check that counts is the connection's, and a name server
    /// that is away must not stop anybody from writing down an address.
    /// </summary>
    public async Task<string?> CheckAsync(Uri url, CancellationToken ct)
    {
        if (CheckScheme(url) is { } refusal)
        {
            return refusal;
        }
        try
        {
            return CheckAddresses(await resolver.ResolveAsync(url.IdnHost, ct));
        }
        catch (SocketException)
        {
            return null;
        }
    }

    /// <summary>The part of the check that needs no name server.</summary>
    public string? CheckScheme(Uri url) =>
        rules.Schemes.Contains(url.Scheme, StringComparer.Ordinal)
            ? null
            : $"Invalid URL scheme: '{url.Scheme}'. Allowed schemes are: {string.Join(", ", rules.Schemes)}.";

    /// <summary>A handler whose connections keep the rules; the caller disposes it.</summary>
    public SocketsHttpHandler CreateHandler() =>
        new()
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ConnectTimeout = s_connectTimeout,
            PooledConnectionLifetime = s_connectionLifetime,
            ConnectCallback = ConnectAsync,
        };

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        var addresses = await resolver.ResolveAsync(context.DnsEndPoint.Host, ct);
        if (CheckAddresses(addresses) is { } refusal)
        {
            throw new OutboundRefusedException(refusal);
        }
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private string? CheckAddresses(IPAddress[] addresses)
    {
        if (addresses.Length == 0)
        {
            return "The host has no address.";
        }
        return rules.AllowPrivateAddresses || addresses.All(PublicAddress.Is)
            ? null
            : "URL must not resolve to a private, loopback, link-local or otherwise non-public IP address.";
    }
}
