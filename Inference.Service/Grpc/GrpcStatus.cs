namespace Slipway.Inference.Service.Grpc;

/// <summary>The status codes of gRPC that this service answers with, and which of them an HTTP status of the prediction path is.</summary>
internal static class GrpcStatus
{
    public const int Ok = 0;
    public const int Cancelled = 1;
    public const int InvalidArgument = 3;
    public const int DeadlineExceeded = 4;
    public const int NotFound = 5;
    public const int AlreadyExists = 6;
    public const int ResourceExhausted = 8;
    public const int Unimplemented = 12;
    public const int Internal = 13;
    public const int Unavailable = 14;

    /// <summary>A full queue is UNAVAILABLE, which clients retry, as Triton has it.</summary>
    public static int Of(int httpStatus) =>
        httpStatus switch
        {
            StatusCodes.Status200OK => Ok,
            StatusCodes.Status404NotFound => NotFound,
            StatusCodes.Status408RequestTimeout or StatusCodes.Status504GatewayTimeout => DeadlineExceeded,
            StatusCodes.Status409Conflict => AlreadyExists,
            StatusCodes.Status413PayloadTooLarge => ResourceExhausted,
            StatusCodes.Status415UnsupportedMediaType or StatusCodes.Status501NotImplemented => Unimplemented,
            StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable => Unavailable,
            499 => Cancelled,
            >= 400 and < 500 => InvalidArgument,
            _ => Internal,
        };
}
