using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Slipway.Monitoring.Worker.Windows;

/// <summary>Options of computing windows, section <c>Monitoring:Windows</c>.</summary>
internal sealed class WindowOptions
{
    public const string Section = "Monitoring:Windows";

    /// <summary>Seconds between passes while no data arrives.</summary>
    [Range(0.05, 3_600)]
    public double IntervalSeconds { get; set; } = 10;

    /// <summary>The shortest pause between two passes, in milliseconds. A pass is also followed by a pause of four times its own length, so that computing takes at most a fifth of a core.</summary>
    [Range(0, 60_000)]
    public int MinPauseMs { get; set; } = 250;

    /// <summary>The most rows of a window that drift is computed from; of more, an even sample is taken.</summary>
    [Range(100, 1_000_000)]
    public int MaxDriftRows { get; set; } = 20_000;

    /// <summary>Windows recomputed in one transaction.</summary>
    [Range(1, 1_000)]
    public int MaxWindowsPerTransaction { get; set; } = 50;
}

/// <summary>Generated checks of <see cref="WindowOptions"/>.</summary>
[OptionsValidator]
internal sealed partial class WindowOptionsValidator : IValidateOptions<WindowOptions>;
