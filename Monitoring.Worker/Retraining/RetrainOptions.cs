using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Slipway.Monitoring.Worker.Retraining;

/// <summary>Options of asking for retraining, section <c>Monitoring:Retraining</c>.</summary>
internal sealed class RetrainOptions
{
    public const string Section = "Monitoring:Retraining";

    /// <summary>Seconds between looks at requests that have not ended.</summary>
    [Range(0.05, 3_600)]
    public double IntervalSeconds { get; set; } = 1;

    /// <summary>Seconds after which a request that training does not know is published again.</summary>
    [Range(1, 86_400)]
    public int RepublishSeconds { get; set; } = 30;

    /// <summary>
    /// Whether training can be asked about its jobs. By default, when <c>services:training</c> names its address. Without, a request is published once and the broker's
    /// confirmation has to do.
    /// </summary>
    public bool? TrainingIsReachable { get; set; }
}

/// <summary>Generated checks of <see cref="RetrainOptions"/>.</summary>
[OptionsValidator]
internal sealed partial class RetrainOptionsValidator : IValidateOptions<RetrainOptions>;
