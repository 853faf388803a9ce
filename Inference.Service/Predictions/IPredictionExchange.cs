namespace Slipway.Inference.Service.Predictions;

/// <summary>
/// One request and its answer on some transport. <see cref="PredictionCore"/> drives it in the order of the members; each reads or writes bytes and decides nothing.
/// </summary>
internal interface IPredictionExchange
{
    /// <summary>The prediction id that the caller gave outside the body, or null.</summary>
    string? PredictionId { get; }

    /// <summary>The event time that the caller gave outside the body, or null.</summary>
    string? EventTime { get; }

    /// <summary>The caller's trace context (W3C <c>traceparent</c>) as it was sent, or null.</summary>
    string? TraceParent { get; }

    /// <summary>The caller's time limit that the transport carries, counted from the request's arrival, or null.</summary>
    TimeSpan? TimeLimit { get; }

    /// <summary>Receives the whole request, within the limits.</summary>
    ValueTask ReceiveAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Reads tensors that fit the model; throws <see cref="RequestRefusedException"/> or <see cref="Json.JsonFormatException"/> where it cannot. <paramref name="name"/> is
    /// what the caller called, for error texts. What was received is not needed afterwards.
    /// </summary>
    PredictionRequest Read(ModelFacts facts, string name);

    /// <summary>Writes the answer down; it is not sent yet. Large outputs may be sent from where they are: they live until <see cref="SendAsync"/> has ended.</summary>
    void Write(in PredictionAnswer answer);

    /// <summary>Sends what was written.</summary>
    ValueTask SendAsync(string predictionId, string servedBy, CancellationToken cancellationToken);
}
