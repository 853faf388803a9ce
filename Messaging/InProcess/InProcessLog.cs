using Microsoft.Extensions.Logging;

namespace Slipway.Messaging.InProcess;

/// <summary>Log messages about messages within the process: event ids 1101 to 1199.</summary>
internal static partial class InProcessLog
{
    [LoggerMessage(1101, LogLevel.Warning, "The consumer of the hint {Message} failed; a periodic pass will do its work")]
    internal static partial void HintFailed(ILogger logger, Exception exception, string message);
}
