using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Slipway.Monitoring.Worker.Retention;

/// <summary>Options of deleting what is old, section <c>Monitoring:Retention</c>. Ages count from when something was received, not from its event time.</summary>
internal sealed class RetentionOptions
{
    public const string Section = "Monitoring:Retention";

    /// <summary>Days that predictions and their outcomes are kept. The windows computed from them stay.</summary>
    [Range(1, 36_500)]
    public int PredictionDays { get; set; } = 90;

    /// <summary>Days that an outcome waits for its prediction.</summary>
    [Range(1, 36_500)]
    public int ParkedOutcomeDays { get; set; } = 30;

    /// <summary>Days that windows are kept after they last changed, cleared alerts and ended retrain requests after their end, and baselines after they were fetched.</summary>
    [Range(1, 36_500)]
    public int WindowDays { get; set; } = 730;

    /// <summary>Seconds between passes.</summary>
    [Range(1, 86_400)]
    public int IntervalSeconds { get; set; } = 600;

    /// <summary>Rows deleted in one transaction.</summary>
    [Range(1, 100_000)]
    public int BatchRows { get; set; } = 5_000;
}

/// <summary>Generated checks of <see cref="RetentionOptions"/>.</summary>
[OptionsValidator]
internal sealed partial class RetentionOptionsValidator : IValidateOptions<RetentionOptions>;
