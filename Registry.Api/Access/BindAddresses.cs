using System.Net;

namespace Slipway.Registry.Api.Access;

/// <summary>Where the web server will listen, as the configuration says before it does.</summary>
internal static class BindAddresses
{
    public static bool AreLoopback(IConfiguration configuration) => Foreign(configuration) is null;

    /// <summary>The first address that other machines reach; null where there is none.</summary>
    public static string? Foreign(IConfiguration configuration) => All(configuration).FirstOrDefault(address => !IsLoopback(address));

    private static IEnumerable<string> All(IConfiguration configuration)
    {
        // Kestrel's own endpoints take the place of all others; ports alone mean every address.
        var endpoints = configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(e => e["Url"]).OfType<string>().ToList();
        if (endpoints.Count > 0)
        {
            return endpoints;
        }
        if (Split(configuration[WebHostDefaults.ServerUrlsKey]) is { Length: > 0 } urls)
        {
            return urls;
        }
        return Split(configuration["http_ports"]).Concat(Split(configuration["https_ports"])).Select(port => $"http://*:{port}");
    }

    private static string[] Split(string? list) =>
        (list ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static bool IsLoopback(string address)
    {
        var parsed = Microsoft.AspNetCore.Http.BindingAddress.Parse(address);
        return parsed.IsUnixPipe
            || parsed.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(parsed.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
    }
}
