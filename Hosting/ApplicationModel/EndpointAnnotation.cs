using System.Net.Sockets;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>An address that a resource listens on.</summary>
public sealed class EndpointAnnotation : IResourceAnnotation
{
    private string? _name;
    private string? _transport;
    private string? _uriScheme;
    private bool? _isProxied;

    /// <summary>Describes an endpoint; what is left out follows from the protocol and the scheme.</summary>
    public EndpointAnnotation(
        ProtocolType protocol,
        string? uriScheme = null,
        string? transport = null,
        string? name = null,
        int? port = null,
        int? targetPort = null,
        bool? isExternal = null,
        bool? isProxied = null
    )
    {
        if (name is not null)
        {
            ResourceName.Validate("Endpoint", name);
        }

        Protocol = protocol;
        _uriScheme = uriScheme;
        _transport = transport;
        _name = name;
        Port = port;
        TargetPort = targetPort;
        IsExternal = isExternal ?? false;
        _isProxied = isProxied;
    }

    /// <summary>TCP or UDP.</summary>
    public ProtocolType Protocol { get; set; }

    /// <summary>The name, unique within the resource. Default: the scheme.</summary>
    public string Name
    {
        get => _name ?? UriScheme;
        set => _name = value;
    }

    /// <summary>The scheme of the endpoint's URL. Default: the protocol.</summary>
    public string UriScheme
    {
        get => _uriScheme ?? (Protocol == ProtocolType.Udp ? "udp" : "tcp");
        set => _uriScheme = value;
    }

    /// <summary>The application protocol: <c>http</c>, <c>http2</c> or <c>tcp</c>.</summary>
    public string Transport
    {
        get => _transport ?? (UriScheme is "http" or "https" ? "http" : "tcp");
        set => _transport = value;
    }

    /// <summary>The port that clients connect to; null lets the runtime choose.</summary>
    public int? Port { get; set; }

    /// <summary>The port that the process itself listens on; null lets the runtime choose.</summary>
    public int? TargetPort { get; set; }

    /// <summary>Whether the endpoint is meant for clients outside the application.</summary>
    public bool IsExternal { get; set; }

    /// <summary>Whether a proxy may stand between the two ports.</summary>
    public bool IsProxied
    {
        get => _isProxied ?? true;
        set => _isProxied = value;
    }

    /// <summary>What was asked for, or null where it was left open.</summary>
    public bool? IsExplicitlyProxied => _isProxied;

    /// <summary>Whether <c>WithReference</c> to the resource leaves this endpoint out.</summary>
    public bool ExcludeReferenceEndpoint { get; set; }

    /// <summary>The host that the endpoint is bound to.</summary>
    public string TargetHost { get; set; } = "localhost";

    /// <summary>Whether the endpoint speaks TLS.</summary>
    public bool TlsEnabled { get; set; }

    /// <summary>The address in this run; null before the start, and always while publishing.</summary>
    public AllocatedEndpoint? AllocatedEndpoint { get; set; }

    /// <summary>The variable that tells the process its own port, from <c>WithHttpEndpoint(env: …)</c>.</summary>
    internal string? PortVariable { get; set; }
}
