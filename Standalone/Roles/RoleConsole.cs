using Microsoft.Extensions.Logging.Console;

namespace Slipway.Standalone.Roles;

internal static class RoleConsole
{
    /// <summary>Lines of several roles share one console: each says whose it is.</summary>
    internal static void AddRoleConsole(this ILoggingBuilder logging, string role)
    {
        // Without a formatter's name the console takes its oldest options, and none of these.
        logging.Services.PostConfigure<ConsoleLoggerOptions>(console => console.FormatterName ??= ConsoleFormatterNames.Simple);
        logging.Services.PostConfigure<SimpleConsoleFormatterOptions>(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = $"yyyy-MM-dd'T'HH:mm:ss.fff'Z {role} '";
        });
    }
}
