using Slipway.Contracts.Identifiers;
using Slipway.Contracts.Messages;
using Slipway.Monitoring.Worker.Storage;

namespace Slipway.Monitoring.Worker.Predictions;

/// <summary>Says what is wrong with a prediction record. A wrong record is counted and left out; the others of its batch are stored.</summary>
internal static class PredictionCheck
{
    private const int MaxScores = 64;
    private const int MaxTextLength = 10_000;
    private static readonly DateTimeOffset s_earliest = new(1900, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Null when the record can be stored; otherwise a short reason from a fixed set, without the record's content.</summary>
    public static string? Find(PredictionRecord? record, DateTimeOffset now, PredictionOptions options) =>
        record is null ? "record_null"
        : !PredictionId.TryParse(record.PredictionId, out _, out _) ? "prediction_id"
        : !EndpointName.TryParse(record.Endpoint, out _, out _) || !StorableText.IsValid(record.Endpoint) ? "endpoint"
        : !ModelName.TryParse(record.Model, out _, out _) || !StorableText.IsValid(record.Model) ? "model"
        : record.Version < 1 ? "version"
        : record.At < s_earliest || record.At > now.AddSeconds(options.MaxFutureSeconds) ? "event_time"
        : !double.IsFinite(record.LatencyMs) || record.LatencyMs < 0 ? "latency"
        : record.Value is { } value && !double.IsFinite(value) ? "value"
        : !IsText(record.Label) ? "label"
        : record.Scores is { } scores && (scores.Count > MaxScores || scores.Any(s => !double.IsFinite(s))) ? "scores"
        : (record.Numbers?.Count ?? 0) + (record.Categories?.Count ?? 0) > options.MaxFeatures ? "too_many_features"
        : record.Numbers?.Any(n => !IsText(n.Key) || (n.Value is { } number && !double.IsFinite(number))) == true ? "number"
        : record.Categories?.Any(c => !IsText(c.Key) || !IsText(c.Value)) == true ? "category"
        : null;

    private static bool IsText(string? text) => text is null || (text.Length <= MaxTextLength && StorableText.IsValid(text));
}
