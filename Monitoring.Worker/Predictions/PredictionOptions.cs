using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Slipway.Monitoring.Worker.Predictions;

/// <summary>Options of storing predictions, section <c>Monitoring:Predictions</c>.</summary>
internal sealed class PredictionOptions
{
    public const string Section = "Monitoring:Predictions";

    /// <summary>Batches that one replica takes from the broker and stores at a time.</summary>
    [Range(1, 64)]
    public int Prefetch { get; set; } = 8;

    /// <summary>Seconds by which a prediction's event time may lie ahead of this service's clock; one further ahead is refused, since it would close every window.</summary>
    [Range(0, 31_536_000)]
    public int MaxFutureSeconds { get; set; } = 86_400;

    /// <summary>The most features of one prediction.</summary>
    [Range(1, 100_000)]
    public int MaxFeatures { get; set; } = 4096;
}

/// <summary>Generated checks of <see cref="PredictionOptions"/>.</summary>
[OptionsValidator]
internal sealed partial class PredictionOptionsValidator : IValidateOptions<PredictionOptions>;
