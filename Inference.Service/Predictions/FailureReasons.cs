namespace Slipway.Inference.Service.Predictions;

/// <summary>Why requests fail, in the words of Triton's metrics.</summary>
internal static class FailureReasons
{
    public const int Count = 4;

    /// <summary>The words, by number.</summary>
    public static readonly string[] Names = ["REJECTED", "CANCELED", "BACKEND", "OTHER"];

    /// <summary>The number of the reason that a status stands for.</summary>
    public static int Of(int status) =>
        status switch
        {
            StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable or StatusCodes.Status504GatewayTimeout => 0,
            StatusCodes.Status499ClientClosedRequest => 1,
            StatusCodes.Status500InternalServerError => 2,
            _ => 3,
        };
}
