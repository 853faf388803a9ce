using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Run;

/// <summary>Gives each endpoint its port, and collects what is wrong with them into one message.</summary>
internal sealed class PortAllocator(IConfiguration configuration, bool dynamic)
{
    // Below the range that systems take for outgoing connections: a port stays free while its owner restarts.
    private const int FirstFree = 10000;
    private const int LastFree = 32767;
    private readonly Dictionary<int, string> _given = [];
    private readonly List<string> _problems = [];

    /// <summary>The port of one endpoint: what the setting <c>Ports:key</c> says (0: any), else the usual one, else any that is free.</summary>
    public int Allocate(string key, string owner, int? usual)
    {
        var setting = configuration[$"Ports:{key}"];
        int? wanted = dynamic ? null : usual;
        if (setting is not null)
        {
            if (!int.TryParse(setting, NumberStyles.None, CultureInfo.InvariantCulture, out var configured) || configured > 65535)
            {
                _problems.Add($"Ports:{key} is '{setting}': it must be a port, from 0 (any) to 65535.");
                return FirstFree;
            }

            wanted = configured == 0 ? null : configured;
        }

        if (wanted is not { } port)
        {
            return Free(owner);
        }

        if (_given.TryGetValue(port, out var other))
        {
            _problems.Add($"Port {port} is given to both {other} and {owner}. {Advice(key)}");
        }
        else if (!IsFree(port))
        {
            _problems.Add($"Port {port}, for {owner}, is taken by another program. {Advice(key)}");
        }

        _given[port] = owner;
        return port;
    }

    /// <summary>Any port that is free.</summary>
    public int Free(string owner)
    {
        while (true)
        {
            var port = RandomNumberGenerator.GetInt32(FirstFree, LastFree + 1);
            if (!_given.ContainsKey(port) && IsFree(port))
            {
                _given[port] = owner;
                return port;
            }
        }
    }

    /// <summary>Throws one exception for everything that is wrong.</summary>
    public void ThrowIfAnyProblem()
    {
        if (_problems.Count > 0)
        {
            throw new DistributedApplicationException(
                string.Join(Environment.NewLine, _problems)
                    + (_problems.Count > 1 && !dynamic ? $"{Environment.NewLine}Or take free ports: --ports dynamic" : "")
            );
        }
    }

    internal static bool IsFree(int port) =>
        CanBind(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || CanBind(IPAddress.IPv6Loopback, port));

    private static string Advice(string key) => $"Choose another one with --Ports:{key}=PORT (environment: Ports__{key}).";

    private static bool CanBind(IPAddress address, int port)
    {
        try
        {
            using var listener = new TcpListener(address, port);
            listener.Start();
            return true;
        }
        catch (SocketException exception)
        {
            // A machine may have IPv6 switched off although the system knows it.
            return exception.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported;
        }
    }
}
