using System.Net;
using Microsoft.AspNetCore.Http;

namespace Slipway.ServiceDefaults.Authentication;

/// <summary>
/// Which Host headers are a service's own. A page that had its name's address changed to this machine's (DNS rebinding) sends its own name, which has a
/// dot and is no address.
/// </summary>
internal sealed class HostNames(string? allowed)
{
    private static readonly string[] s_own = ["*.localhost", "*.svc", "*.svc.cluster.local"];

    private readonly string[] _allowed =
    [
        .. s_own,
        .. (allowed ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
    ];

    internal bool Allows(HostString host)
    {
        // A trailing dot only says that the name is complete.
        var name = host.Host.TrimEnd('.');
        return name.Length > 0
            && (
                !name.Contains('.', StringComparison.Ordinal) && !name.Contains(':', StringComparison.Ordinal)
                || IPAddress.TryParse(name.Trim('[', ']'), out _)
                || Array.Exists(_allowed, pattern => Matches(pattern, name))
            );
    }

    internal static bool IsLoopback(HostString host) =>
        host.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || host.Host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static bool Matches(string pattern, string name) =>
        pattern == "*"
        || (
            pattern.StartsWith("*.", StringComparison.Ordinal)
                ? name.EndsWith(pattern[1..], StringComparison.OrdinalIgnoreCase)
                : name.Equals(pattern, StringComparison.OrdinalIgnoreCase)
        );
}
