namespace Slipway.Contracts.Inference;

/// <summary>HTTP headers of the prediction routes beyond those of the protocols.</summary>
public static class PredictionHeaders
{
    /// <summary>Request: event time of the prediction, ISO 8601; by default the time of the answer.</summary>
    public const string EventTime = "Slipway-Event-Time";

    /// <summary>Request: the prediction id to use, where the protocol's body has no <c>id</c>. Response: the id that was used.</summary>
    public const string PredictionId = "Slipway-Prediction-Id";

    /// <summary>Response: <c>{model}/{version}</c> that answered.</summary>
    public const string ServedBy = "Slipway-Served-By";
}
