namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>A question that the cluster asks a container.</summary>
public sealed class ProbeV1
{
    /// <summary>Asks over HTTP.</summary>
    public HttpGetActionV1? HttpGet { get; set; }

    /// <summary>Asks by connecting.</summary>
    public TcpSocketActionV1? TcpSocket { get; set; }

    /// <summary>Seconds to the first question.</summary>
    public int? InitialDelaySeconds { get; set; }

    /// <summary>Seconds between two.</summary>
    public int? PeriodSeconds { get; set; }

    /// <summary>Seconds to wait for an answer.</summary>
    public int? TimeoutSeconds { get; set; }

    /// <summary>Failures in a row that count.</summary>
    public int? FailureThreshold { get; set; }

    /// <summary>Successes in a row that count.</summary>
    public int? SuccessThreshold { get; set; }
}

/// <summary>A GET that must succeed.</summary>
public sealed class HttpGetActionV1
{
    /// <summary>The path.</summary>
    public string? Path { get; set; }

    /// <summary>The port, by number or name.</summary>
    public Int32OrStringV1? Port { get; set; }

    /// <summary><c>HTTP</c> or <c>HTTPS</c>, in capitals.</summary>
    public string? Scheme { get; set; }
}

/// <summary>A connection that must succeed.</summary>
public sealed class TcpSocketActionV1
{
    /// <summary>The port, by number or name.</summary>
    public Int32OrStringV1? Port { get; set; }
}
