using Microsoft.Extensions.Options;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.Protos;
using Slipway.Inference.Service.V2;

namespace Slipway.Inference.Service.Grpc;

/// <summary>gRPC's health protocol: the whole server by the empty name, or by that of the inference service.</summary>
internal sealed class HealthCalls(
    V2Descriptions descriptions,
    IOptions<InferenceOptions> options,
    RequestMemory memory,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<HealthCalls> logger
)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    public HealthCheckResponse Check(HealthCheckRequest request) =>
        new()
        {
            Status =
                StatusOf(request.Service) is var status && status != HealthCheckResponse.Types.ServingStatus.ServiceUnknown
                    ? status
                    : throw new RequestRefusedException(StatusCodes.Status404NotFound, "unknown service"),
        };

    /// <summary>Sends the status now and whenever it changes, until the caller leaves or the service stops.</summary>
    public async Task WatchAsync(HttpContext context)
    {
        var call = new GrpcCall(context, options.Value.MaxRequestBytes, memory);
        if (!call.TryStart())
        {
            return;
        }
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            var request = await GrpcUnary.ReadAsync(call, HealthCheckRequest.Parser);
            using var timer = new PeriodicTimer(s_interval, time);
            HealthCheckResponse.Types.ServingStatus? sent = null;
            do
            {
                var status = StatusOf(request.Service);
                if (status != sent)
                {
                    await call.SendAsync(new HealthCheckResponse { Status = status }, context.RequestAborted);
                    await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
                    sent = status;
                }
            } while (await timer.WaitForNextTickAsync(ending.Token));
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            call.Finish(GrpcStatus.Unavailable, "the server is stopping");
        }
        catch (Exception e)
        {
            GrpcFailures.Finish(call, e, logger);
        }
    }

    private HealthCheckResponse.Types.ServingStatus StatusOf(string service) =>
        service is not ("" or GrpcApi.Service) ? HealthCheckResponse.Types.ServingStatus.ServiceUnknown
        : descriptions.IsReady ? HealthCheckResponse.Types.ServingStatus.Serving
        : HealthCheckResponse.Types.ServingStatus.NotServing;
}
