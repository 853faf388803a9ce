namespace Slipway.Inference.Service.Serving;

/// <summary>Log lines of serving: event ids 4100 to 4119.</summary>
internal static partial class ServingEvents
{
    [LoggerMessage(4100, LogLevel.Information, "The registry's serving state {Revision}: {Endpoints} endpoints, {Models} model versions.")]
    public static partial void StateReceived(ILogger logger, long revision, int endpoints, int models);

    [LoggerMessage(
        4101,
        LogLevel.Warning,
        "The registry cannot be asked for the serving state and is asked again in {Delay}; what is served stays: {Reason}"
    )]
    public static partial void PullFailed(ILogger logger, TimeSpan delay, string reason);

    [LoggerMessage(4102, LogLevel.Information, "The registry answers again.")]
    public static partial void PullRecovered(ILogger logger);

    [LoggerMessage(4103, LogLevel.Warning, "The registry is away: the serving state {Revision} of the last run is used.")]
    public static partial void SavedStateUsed(ILogger logger, long revision);

    [LoggerMessage(4104, LogLevel.Information, "Loaded {Model} version {Version} ({Digest}) on {Provider} in {Milliseconds:0} ms.")]
    public static partial void Loaded(ILogger logger, string model, int version, string digest, string provider, double milliseconds);

    [LoggerMessage(
        4105,
        LogLevel.Error,
        "{Model} version {Version} cannot be served ({Code}) and is tried again in {Delay}; routes to it keep what they have: {Reason}"
    )]
    public static partial void LoadFailed(ILogger logger, string model, int version, string code, TimeSpan delay, string reason);

    [LoggerMessage(4106, LogLevel.Warning, "The saved serving state {Path} cannot be read; the start waits for the registry.")]
    public static partial void SavedStateUnreadable(ILogger logger, Exception exception, string path);

    [LoggerMessage(
        4107,
        LogLevel.Warning,
        "The serving state cannot be saved to {Path}; a start while the registry is away would not have it."
    )]
    public static partial void StateNotSaved(ILogger logger, Exception exception, string path);

    [LoggerMessage(4108, LogLevel.Warning, "The cached files of {Digest} do not have their digests any more; they are downloaded anew.")]
    public static partial void CacheDamaged(ILogger logger, string digest);

    [LoggerMessage(4109, LogLevel.Information, "Removed {Digest} ({Bytes} bytes) from the model cache.")]
    public static partial void CacheTrimmed(ILogger logger, string digest, long bytes);

    [LoggerMessage(4110, LogLevel.Warning, "Removing {Digest} from the model cache failed; it is tried again at the next change.")]
    public static partial void CacheTrimFailed(ILogger logger, Exception exception, string digest);

    [LoggerMessage(4111, LogLevel.Information, "The serving state {Revision} is fully loaded.")]
    public static partial void FullyLoaded(ILogger logger, long revision);

    [LoggerMessage(4113, LogLevel.Warning, "Removing {Name}, a download that an earlier process left, failed; the next start tries again.")]
    public static partial void LeftoverNotRemoved(ILogger logger, Exception exception, string name);

    [LoggerMessage(4112, LogLevel.Error, "A pass over the serving state failed and is repeated in {Delay}.")]
    public static partial void PassFailed(ILogger logger, Exception exception, TimeSpan delay);
}
