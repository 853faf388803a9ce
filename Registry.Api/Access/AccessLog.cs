using System.Net;

namespace Slipway.Registry.Api.Access;

/// <summary>Log messages of access control: event ids 2500 to 2519. No password, token or header is ever among their values.</summary>
internal static partial class AccessLog
{
    [LoggerMessage(
        2500,
        LogLevel.Warning,
        "Access control is OFF although the registry listens on {Address}: everybody who reaches it may do everything"
    )]
    public static partial void OffAndOpen(ILogger logger, string address);

    [LoggerMessage(2501, LogLevel.Information, "Access control is {Mode}")]
    public static partial void ModeIs(ILogger logger, AccessMode mode);

    [LoggerMessage(2502, LogLevel.Warning, "A login as {User} from {Address} failed")]
    public static partial void LoginFailed(ILogger logger, string user, IPAddress? address);

    [LoggerMessage(2503, LogLevel.Warning, "The last use of {Count} tokens was not noted, the database is away: {Reason}")]
    public static partial void UseNotNoted(ILogger logger, int count, string reason);

    [LoggerMessage(2504, LogLevel.Error, "The route {Route} states no access rule and was refused")]
    public static partial void SilentRoute(ILogger logger, string? route);

    [LoggerMessage(2505, LogLevel.Warning, "The identity provider does not answer: {Reason}")]
    public static partial void IssuerAway(ILogger logger, string reason);

    [LoggerMessage(
        2506,
        LogLevel.Warning,
        "The admin's password is one that MLflow once shipped as its default: set Registry:Access:AdminPassword to another"
    )]
    public static partial void KnownPassword(ILogger logger);

    [LoggerMessage(2507, LogLevel.Error, "The last use of {Count} tokens could not be noted")]
    public static partial void UseFailed(ILogger logger, Exception exception, int count);
}
