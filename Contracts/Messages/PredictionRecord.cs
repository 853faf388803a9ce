namespace Slipway.Contracts.Messages;

/// <summary>One answered row: what went in, what came out, which version answered, and when.</summary>
public sealed record PredictionRecord
{
    /// <summary>The id returned to the caller (see <see cref="Identifiers.PredictionId"/>).</summary>
    public required string PredictionId { get; init; }

    /// <summary>The endpoint that was called; for a model called by its own name, that name.</summary>
    public required string Endpoint { get; init; }

    /// <summary>The registered model that answered.</summary>
    public required string Model { get; init; }

    /// <summary>The version that answered.</summary>
    public required int Version { get; init; }

    /// <summary>
    /// The event time: when the request was answered, or the time that the caller gave for it (request parameter or header
    /// <c>event_time</c>/<c>Slipway-Event-Time</c>), as a replay of past events does. Windows are cut by it.
    /// </summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Time in the service, in milliseconds.</summary>
    public double LatencyMs { get; init; }

    /// <summary>Numeric features by name; a missing value is null. Tensors of more than 64 elements a row are summarised as name.mean, .min, .max, .std.</summary>
    public IReadOnlyDictionary<string, double?> Numbers { get; set; } = new Dictionary<string, double?>();

    /// <summary>Categorical features by name; a missing value is null.</summary>
    public IReadOnlyDictionary<string, string?> Categories { get; set; } = new Dictionary<string, string?>();

    /// <summary>The predicted value of a regression, or the predicted class where it is a number.</summary>
    public double? Value { get; init; }

    /// <summary>The predicted class, as text.</summary>
    public string? Label { get; init; }

    /// <summary>Class probabilities in the order of the model's output, at most 64.</summary>
    public IReadOnlyList<double>? Scores { get; init; }

    /// <summary>W3C trace context of the request, so that its trace goes on through the message to the monitor.</summary>
    public string? TraceParent { get; init; }
}
