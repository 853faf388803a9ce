using Microsoft.Extensions.Logging;

namespace Slipway.ServiceDefaults.Metrics;

/// <summary>Log messages about metrics: event ids 1010 to 1019.</summary>
internal static partial class MetricsLog
{
    [LoggerMessage(
        1010,
        LogLevel.Warning,
        "Instrument {Instrument} of meter {Meter} is not exposed: the metric {Metric} already exists with another type"
    )]
    internal static partial void TypeConflict(ILogger logger, string instrument, string meter, string metric);

    [LoggerMessage(
        1011,
        LogLevel.Warning,
        "Metric {Metric} has reached its limit of {Limit} series; further label values are counted together"
    )]
    internal static partial void Overflow(ILogger logger, string metric, int limit);

    [LoggerMessage(1012, LogLevel.Warning, "An observable instrument failed to report")]
    internal static partial void CallbackFailed(ILogger logger, Exception exception);
}
