using Microsoft.Extensions.Logging;

namespace Slipway.Inference.Engine.Telemetry;

/// <summary>Log lines of the engine: event ids 4000 to 4099.</summary>
internal static partial class EngineLog
{
    [LoggerMessage(
        4000,
        LogLevel.Warning,
        "The execution provider {Provider} cannot be had and {Used} is used instead. This is said once; the metric slipway.engine.provider.fallbacks counts sessions. Reason: {Reason}"
    )]
    public static partial void ProviderFellBack(ILogger logger, string provider, string used, string reason);

    [LoggerMessage(
        4001,
        LogLevel.Warning,
        "Requests to {Model} version {Version} cannot be joined: {Reason}. Each runs alone from now on."
    )]
    public static partial void JoiningTurnedOff(ILogger logger, string model, string version, string reason);

    [LoggerMessage(4002, LogLevel.Information, "Unloaded {Model} version {Version} after its last request.")]
    public static partial void Unloaded(ILogger logger, string model, string version);

    [LoggerMessage(4003, LogLevel.Error, "Unloading {Model} version {Version} failed.")]
    public static partial void UnloadFailed(ILogger logger, Exception exception, string model, string version);

    [LoggerMessage(4004, LogLevel.Error, "A run of {Model} version {Version} ended with an unexpected error.")]
    public static partial void RunFailed(ILogger logger, Exception exception, string model, string version);

    [LoggerMessage(4005, LogLevel.Error, "Closing an idle model to make room for another failed.")]
    public static partial void EvictionFailed(ILogger logger, Exception exception);

    [LoggerMessage(4006, LogLevel.Warning, "A model could not be opened on demand and is left alone for {Delay}.")]
    public static partial void OpeningFailed(ILogger logger, Exception exception, TimeSpan delay);
}
