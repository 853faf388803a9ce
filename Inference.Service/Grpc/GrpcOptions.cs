using System.ComponentModel.DataAnnotations;

namespace Slipway.Inference.Service.Grpc;

/// <summary>The gRPC endpoint; configuration section <c>Inference:Grpc</c>.</summary>
internal sealed class GrpcOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Inference:Grpc";

    /// <summary>Which of the ports that the service listens on speaks gRPC: HTTP/2 without TLS, and nothing else.</summary>
    [Range(1, 65535, ErrorMessage = Section + ":Port must be between 1 and 65535.")]
    public int Port { get; set; } = 8001;
}
