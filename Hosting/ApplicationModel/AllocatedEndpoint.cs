namespace Aspire.Hosting.ApplicationModel;

/// <summary>The address that an endpoint has in this run.</summary>
public sealed class AllocatedEndpoint
{
    /// <summary>Fixes the address of <paramref name="endpoint"/>.</summary>
    public AllocatedEndpoint(EndpointAnnotation endpoint, string address, int port)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        ArgumentException.ThrowIfNullOrEmpty(address);
        ArgumentOutOfRangeException.ThrowIfLessThan(port, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, 65535);
        Endpoint = endpoint;
        Address = address;
        Port = port;
    }

    /// <summary>The endpoint that has this address.</summary>
    public EndpointAnnotation Endpoint { get; }

    /// <summary>The host name or address.</summary>
    public string Address { get; }

    /// <summary>The port that clients connect to.</summary>
    public int Port { get; }

    /// <summary>The scheme of <see cref="UriString"/>.</summary>
    public string UriScheme => Endpoint.UriScheme;

    /// <summary>Host and port, as in a URL.</summary>
    public string EndPointString => $"{Address}:{Port}";

    /// <summary>The whole URL, without a trailing slash.</summary>
    public string UriString => $"{UriScheme}://{EndPointString}";
}
