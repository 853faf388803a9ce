namespace Slipway.Inference.Service.Predictions;

/// <summary>
/// How a prediction request ended: an HTTP status, 200 when the answer was sent, and the text for the caller otherwise, with
/// when to try again where that is known.
/// </summary>
internal readonly record struct PredictionOutcome(int Status, string Error, TimeSpan RetryAfter = default)
{
    public static PredictionOutcome Answered { get; } = new(StatusCodes.Status200OK, "");

    public bool IsAnswered => Status == StatusCodes.Status200OK;
}
