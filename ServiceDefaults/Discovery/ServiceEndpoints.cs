using Microsoft.Extensions.Configuration;

namespace Slipway.ServiceDefaults.Discovery;

/// <summary>
/// Resolves logical addresses from configuration, as the app model writes it: <c>services:{name}:{scheme or endpoint}:{n}</c>. Understands
/// <c>http://registry</c>, <c>https+http://registry</c> (the first scheme that is configured) and <c>http://_metrics.inference</c> (a named endpoint).
/// </summary>
internal sealed class ServiceEndpoints(IConfiguration configuration)
{
    private const string Section = "services";
    private uint _next;

    /// <summary>The address to send to. What is not a configured service's name, such as <c>localhost:5000</c>, comes back as it is.</summary>
    internal Uri Resolve(Uri logical)
    {
        var (name, endpoint) = Split(logical.IdnHost);
        var service = configuration.GetSection($"{Section}:{name}");
        if (!logical.IsDefaultPort && !logical.Scheme.Contains('+', StringComparison.Ordinal))
        {
            return logical;
        }

        if (!service.Exists())
        {
            return endpoint is null && !logical.Scheme.Contains('+', StringComparison.Ordinal)
                ? logical
                : throw Unresolved(logical, $"{Section}:{name}:{endpoint ?? "http"}:0");
        }

        foreach (var key in endpoint is null ? logical.Scheme.Split('+') : [endpoint])
        {
            var addresses = service.GetSection(key).GetChildren().Select(child => child.Value).OfType<string>().ToArray();
            if (addresses.Length > 0)
            {
                // Replicas take turns.
                var address = addresses[Interlocked.Increment(ref _next) % addresses.Length];
                return Combine(logical, address, $"{Section}:{name}:{key}");
            }
        }

        throw Unresolved(logical, $"{Section}:{name}:{endpoint ?? logical.Scheme.Split('+')[0]}:0");
    }

    private static (string Name, string? Endpoint) Split(string host)
    {
        var dot = host.IndexOf('.', StringComparison.Ordinal);
        return host.StartsWith('_') && dot > 1 ? (host[(dot + 1)..], host[1..dot]) : (host, null);
    }

    private static Uri Combine(Uri logical, string address, string key) =>
        Uri.TryCreate(address, UriKind.Absolute, out var target) && target.Host.Length > 0
            ? new UriBuilder(logical)
            {
                Scheme = target.Scheme,
                Host = target.Host,
                Port = target.Port,
                Path = target.AbsolutePath.TrimEnd('/') + logical.AbsolutePath,
            }.Uri
            : throw new HttpRequestException(
                HttpRequestError.ConfigurationLimitExceeded,
                $"{key} holds '{address}', which is not an absolute URL."
            );

    private static HttpRequestException Unresolved(Uri logical, string key) =>
        new(HttpRequestError.ConfigurationLimitExceeded, $"The service address {logical} cannot be resolved: set {key} to its URL.");
}
