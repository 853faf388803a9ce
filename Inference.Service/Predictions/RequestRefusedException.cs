namespace Slipway.Inference.Service.Predictions;

/// <summary>
/// A request that is answered with an error: the status and the text for the caller. Thrown out of nested readers, where a result type would only be passed up by hand, and
/// caught in one place.
/// </summary>
internal sealed class RequestRefusedException(int status, string message, TimeSpan retryAfter = default) : Exception(Shorten(message))
{
    // What a text repeats of a request may be megabytes long, and over gRPC it travels in a header.
    private const int MaxLength = 2000;

    public int Status { get; } = status;

    /// <summary>When another try is likely to be taken; zero where nothing is known about it.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter;

    public static RequestRefusedException BadRequest(string message) => new(StatusCodes.Status400BadRequest, message);

    private static string Shorten(string message) => message.Length > MaxLength ? message[..MaxLength] + "..." : message;
}
