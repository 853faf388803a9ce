namespace Slipway.Inference.Service.Predictions;

/// <summary>
/// A request that is answered with an error: the status and the text for the caller. Thrown out of nested readers, where a result type would only be passed up by hand, and
/// caught in one place.
/// </summary>
internal sealed class RequestRefusedException(int status, string message) : Exception(message)
{
    public int Status { get; } = status;

    public static RequestRefusedException BadRequest(string message) => new(StatusCodes.Status400BadRequest, message);
}
