using Microsoft.Extensions.Logging;

namespace Slipway.ServiceDefaults.Problems;

/// <summary>Log messages about failed requests: event ids 1001 to 1009.</summary>
internal static partial class ProblemLog
{
    [LoggerMessage(1001, LogLevel.Error, "{Method} {Path} failed")]
    internal static partial void UnhandledException(ILogger logger, Exception exception, string method, string path);
}
