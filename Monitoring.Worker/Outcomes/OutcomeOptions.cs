using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Slipway.Monitoring.Worker.Outcomes;

/// <summary>Options of taking outcomes, section <c>Monitoring:Outcomes</c>.</summary>
internal sealed class OutcomeOptions
{
    public const string Section = "Monitoring:Outcomes";

    /// <summary>The largest body of one request, in bytes; a larger one is answered with 413.</summary>
    [Range(1024, 1024 * 1024 * 1024)]
    public int MaxBodyBytes { get; set; } = 8 * 1024 * 1024;
}

/// <summary>Generated checks of <see cref="OutcomeOptions"/>.</summary>
[OptionsValidator]
internal sealed partial class OutcomeOptionsValidator : IValidateOptions<OutcomeOptions>;
