using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Slipway.ServiceDefaults.Logs;

/// <summary>One line an event, with the time in UTC, and without what the libraries say about every single request and query. Configuration wins over all of it.</summary>
internal static class LogServices
{
    private static readonly (string Category, LogLevel Least)[] s_levels =
    [
        ("Microsoft.AspNetCore", LogLevel.Warning),
        ("Microsoft.EntityFrameworkCore", LogLevel.Warning),
        // A failed command also throws, and whoever called it knows whether that matters (a first start finds no table of migrations).
        ("Microsoft.EntityFrameworkCore.Database.Command", LogLevel.None),
        ("System.Net.Http.HttpClient", LogLevel.Warning),
        ("Polly", LogLevel.Warning),
    ];

    internal static void AddServiceLogging(this IServiceCollection services)
    {
        // Without a formatter's name the console takes its oldest options, and none of these.
        services.PostConfigure<ConsoleLoggerOptions>(console => console.FormatterName ??= ConsoleFormatterNames.Simple);
        services.Configure<SimpleConsoleFormatterOptions>(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
        });
        services.PostConfigure<LoggerFilterOptions>(filters =>
        {
            foreach (var (category, least) in s_levels)
            {
                // Of rules for the same category the last one counts: configuration's come after.
                filters.Rules.Insert(0, new LoggerFilterRule(providerName: null, category, least, filter: null));
            }
        });
    }
}
