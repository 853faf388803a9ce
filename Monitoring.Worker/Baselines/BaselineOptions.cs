using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Slipway.Monitoring.Worker.Baselines;

/// <summary>Options of the baseline cache, section <c>Monitoring:Baselines</c>.</summary>
internal sealed class BaselineOptions
{
    public const string Section = "Monitoring:Baselines";

    /// <summary>The largest baseline file that is read, in bytes.</summary>
    [Range(1024, 256 * 1024 * 1024)]
    public int MaxBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>Seconds after which a version without a baseline is looked up again.</summary>
    [Range(1, 86_400)]
    public int AbsentRetrySeconds { get; set; } = 600;

    /// <summary>Seconds after which a window that could not be judged, because the registry was away, is computed again.</summary>
    [Range(1, 3_600)]
    public int UnavailableRetrySeconds { get; set; } = 10;
}

/// <summary>Generated checks of <see cref="BaselineOptions"/>.</summary>
[OptionsValidator]
internal sealed partial class BaselineOptionsValidator : IValidateOptions<BaselineOptions>;
