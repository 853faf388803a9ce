using Microsoft.Extensions.Logging;

namespace Slipway.ServiceDefaults.Tests.Telemetry;

internal static partial class TestLog
{
    [LoggerMessage(1, LogLevel.Warning, "said hello")]
    internal static partial void Said(ILogger logger);
}
