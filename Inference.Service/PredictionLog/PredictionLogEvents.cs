namespace Slipway.Inference.Service.PredictionLog;

/// <summary>Log lines of the prediction log: event ids 4120 to 4139.</summary>
internal static partial class PredictionLogEvents
{
    [LoggerMessage(
        4120,
        LogLevel.Error,
        "{Count} prediction records were dropped ({Reason}); requests are answered all the same. Raise Inference:PredictionLog:MaxBytes, free disk space, or bring the broker back."
    )]
    public static partial void Dropped(ILogger logger, Exception? exception, long count, string reason);

    [LoggerMessage(4121, LogLevel.Information, "The prediction journal holds {Bytes} bytes from before; they are published now.")]
    public static partial void Resumed(ILogger logger, long bytes);

    [LoggerMessage(
        4122,
        LogLevel.Warning,
        "Segment {Segment} of the prediction journal is damaged at {Offset}: {Bytes} bytes are left out. Expected once after a kill."
    )]
    public static partial void Torn(ILogger logger, long segment, long offset, long bytes);

    [LoggerMessage(
        4123,
        LogLevel.Warning,
        "Publishing {Count} predictions failed and is tried again in {Delay}; {Bytes} bytes wait on disk."
    )]
    public static partial void PublishFailed(ILogger logger, Exception exception, int count, TimeSpan delay, long bytes);

    [LoggerMessage(4124, LogLevel.Information, "Publishing works again.")]
    public static partial void PublishRecovered(ILogger logger);

    [LoggerMessage(4125, LogLevel.Information, "Stopped with {Bytes} bytes of predictions on disk; the next start publishes them.")]
    public static partial void LeftBehind(ILogger logger, long bytes);
}
