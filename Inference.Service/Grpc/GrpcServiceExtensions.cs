using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Slipway.Inference.Service.Grpc;

/// <summary>Registers the gRPC side.</summary>
internal static class GrpcServiceExtensions
{
    public static IServiceCollection AddInferenceGrpc(this IServiceCollection services)
    {
        services.AddOptions<GrpcOptions>().BindConfiguration(GrpcOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services
            .AddOptions<KestrelServerOptions>()
            .Configure<IOptions<GrpcOptions>>(
                (kestrel, grpc) =>
                    kestrel.ConfigureEndpointDefaults(endpoint =>
                    {
                        // Without TLS there is no negotiation: a port speaks one or the other.
                        if (endpoint.IPEndPoint?.Port == grpc.Value.Port)
                        {
                            endpoint.Protocols = HttpProtocols.Http2;
                        }
                    })
            );
        return services
            .AddSingleton<GrpcUnary>()
            .AddSingleton<InferCalls>()
            .AddSingleton<MetadataCalls>()
            .AddSingleton<RepositoryCalls>()
            .AddSingleton<SharedMemoryCalls>()
            .AddSingleton<HealthCalls>()
            .AddSingleton<ReflectionCalls>();
    }
}
