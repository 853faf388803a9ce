namespace Slipway.Registry.Api;

/// <summary>The registry's log messages: event ids 2000 to 2999.</summary>
internal static partial class RegistryLog
{
    [LoggerMessage(2001, LogLevel.Information, "The database schema is up to date")]
    public static partial void DatabaseReady(ILogger logger);

    [LoggerMessage(2002, LogLevel.Warning, "The database cannot be prepared yet, trying again: {Reason}")]
    public static partial void DatabaseAway(ILogger logger, string reason);

    [LoggerMessage(2003, LogLevel.Warning, "{Method} {Path} was answered with 503, the database is away: {Reason}")]
    public static partial void RequestWithoutDatabase(ILogger logger, string method, string path, string reason);

    [LoggerMessage(2004, LogLevel.Error, "A pass of {Worker} failed; it goes on after a pause")]
    public static partial void WorkerFailed(ILogger logger, Exception exception, string worker);

    [LoggerMessage(2005, LogLevel.Warning, "A pass of {Worker} had no database; it goes on after a pause: {Reason}")]
    public static partial void WorkerWithoutDatabase(ILogger logger, string worker, string reason);

    [LoggerMessage(2010, LogLevel.Information, "Vetting of {Model} version {Version}: {Status} {Code}")]
    public static partial void Vetted(ILogger logger, string model, int version, string status, string code);

    [LoggerMessage(2011, LogLevel.Warning, "The vetting process of {Model} version {Version} ended with exit code {ExitCode}: {Output}")]
    public static partial void VettingProcessFailed(ILogger logger, string model, int version, int exitCode, string output);

    [LoggerMessage(
        2012,
        LogLevel.Warning,
        "The vetting of {Model} version {Version} was taken over by another worker; this result is dropped"
    )]
    public static partial void VettingLeaseLost(ILogger logger, string model, int version);

    [LoggerMessage(
        2013,
        LogLevel.Warning,
        "The files of {Model} version {Version} are not in this replica's store; its vetting is left to the replica that has them"
    )]
    public static partial void VettingFilesElsewhere(ILogger logger, string model, int version);

    [LoggerMessage(2020, LogLevel.Information, "Promotion {Id} of {Model} version {Version} to {Environment}: {Status}")]
    public static partial void PromotionDecided(ILogger logger, Guid id, string model, int version, string environment, string status);

    [LoggerMessage(2021, LogLevel.Error, "Promotion {Id} could not be decided; it is tried again")]
    public static partial void PromotionFailed(ILogger logger, Exception exception, Guid id);

    [LoggerMessage(
        2030,
        LogLevel.Warning,
        "The hint of serving revision {Revision} could not be published; replicas find it by their own pull"
    )]
    public static partial void HintFailed(ILogger logger, Exception exception, long revision);

    [LoggerMessage(2040, LogLevel.Warning, "The temporary file {Path} could not be deleted: {Reason}")]
    public static partial void TempFileLeft(ILogger logger, string path, string reason);

    [LoggerMessage(2041, LogLevel.Error, "The blob {Sha256} is missing or damaged in the store; uploading the same file again repairs it")]
    public static partial void BlobDamaged(ILogger logger, string sha256);

    [LoggerMessage(2044, LogLevel.Warning, "{Method} {Path} was answered with 503, the artifact store is away: {Reason}")]
    public static partial void RequestWithoutBlobStore(ILogger logger, string method, string path, string reason);

    [LoggerMessage(2042, LogLevel.Debug, "The blob {Sha256} of {Bytes} bytes was deleted: nothing referred to it")]
    public static partial void BlobCollected(ILogger logger, string sha256, long bytes);

    [LoggerMessage(2043, LogLevel.Information, "{Runs} runs and {Experiments} experiments that were deleted long ago are removed for good")]
    public static partial void DeletedRemoved(ILogger logger, int runs, int experiments);

    [LoggerMessage(2080, LogLevel.Warning, "The copy {Id} failed: {Reason}")]
    public static partial void CopyFailed(ILogger logger, Exception? exception, Guid id, string reason);
}
