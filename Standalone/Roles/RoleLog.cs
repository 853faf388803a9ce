namespace Slipway.Standalone.Roles;

/// <summary>Log messages about roles: event ids 1201 to 1299.</summary>
internal static partial class RoleLog
{
    [LoggerMessage(1201, LogLevel.Information, "{Role} listens on {Urls}")]
    internal static partial void Started(ILogger logger, string role, string urls);

    [LoggerMessage(1202, LogLevel.Information, "All roles have started")]
    internal static partial void AllStarted(ILogger logger);

    [LoggerMessage(1203, LogLevel.Error, "{Role} stopped by itself; the process ends with it")]
    internal static partial void StoppedByItself(ILogger logger, string role);

    [LoggerMessage(1204, LogLevel.Warning, "{Role} did not stop in time or not cleanly")]
    internal static partial void StopFailed(ILogger logger, Exception exception, string role);
}
