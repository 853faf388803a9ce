using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.Grpc;

/// <summary>Ends a call that an exception has ended: a refusal with its own status, a caller that left without one, a bug with a log line.</summary>
internal static partial class GrpcFailures
{
    public static void Finish(GrpcCall call, Exception error, ILogger logger)
    {
        switch (error)
        {
            case RequestRefusedException refused:
                call.Finish(GrpcStatus.Of(refused.Status), refused.Message);
                break;
            case BadHttpRequestException bad:
                call.Finish(GrpcStatus.Of(bad.StatusCode), bad.Message);
                break;
            case OperationCanceledException or IOException when call.Context.RequestAborted.IsCancellationRequested:
                break;
            default:
                Failed(logger, error, call.Context.Request.Path);
                call.Finish(GrpcStatus.Internal, "the server failed on this call");
                break;
        }
    }

    [LoggerMessage(4130, LogLevel.Error, "The gRPC call {Path} failed")]
    private static partial void Failed(ILogger logger, Exception error, string path);
}
