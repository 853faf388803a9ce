namespace Slipway.Monitoring.Worker.Telemetry;

/// <summary>Log messages of the monitoring service: event ids 5000 to 5099. Never features, outcomes or ids of predictions.</summary>
internal static partial class MonitoringLog
{
    [LoggerMessage(5000, LogLevel.Information, "The monitoring database is ready")]
    public static partial void DatabaseReady(ILogger logger);

    [LoggerMessage(
        5001,
        LogLevel.Warning,
        "The monitoring database cannot be used yet ({Reason}); trying again in {Seconds} s. Check ConnectionStrings:monitoringdb"
    )]
    public static partial void DatabaseAway(ILogger logger, string reason, double seconds);

    [LoggerMessage(5002, LogLevel.Warning, "{Path} was answered with 503: the database is away ({Reason})")]
    public static partial void RequestWithoutDatabase(ILogger logger, string path, string reason);

    [LoggerMessage(5010, LogLevel.Debug, "A prediction was refused: {Reason} is invalid")]
    public static partial void PredictionInvalid(ILogger logger, string reason);

    [LoggerMessage(5011, LogLevel.Error, "A prediction was refused by the database although its checks had passed")]
    public static partial void PredictionRefused(ILogger logger, Exception exception);

    [LoggerMessage(
        5012,
        LogLevel.Warning,
        "Batch {BatchId} of {Count} predictions: {Invalid} could not be stored, {Conflicts} contradict a stored prediction of the same id; the others are stored"
    )]
    public static partial void BatchWithRefused(ILogger logger, Guid batchId, int count, int invalid, int conflicts);

    [LoggerMessage(5020, LogLevel.Error, "The {Pass} pass failed and will be tried again: {Reason}")]
    public static partial void PassFailed(ILogger logger, string pass, string reason);

    [LoggerMessage(
        5021,
        LogLevel.Error,
        "The windows of endpoint {Endpoint} could not be computed; they stay marked and will be tried again"
    )]
    public static partial void EndpointFailed(ILogger logger, string endpoint, Exception exception);

    [LoggerMessage(5030, LogLevel.Information, "{Model} version {Version} has no baseline profile: its drift is not judged")]
    public static partial void BaselineAbsent(ILogger logger, string model, int version);

    [LoggerMessage(5031, LogLevel.Warning, "The baseline of {Model} version {Version} cannot be used: {Reason}")]
    public static partial void BaselineUnusable(ILogger logger, string model, int version, string reason);

    [LoggerMessage(
        5032,
        LogLevel.Warning,
        "The baseline of {Model} version {Version} could not be fetched from the registry ({Reason}); its windows are judged later"
    )]
    public static partial void RegistryAway(ILogger logger, string model, int version, string reason);

    [LoggerMessage(
        5040,
        LogLevel.Warning,
        "The {Kind} alert of endpoint {Endpoint} ({Model} version {Version}) is now {Status}: {Message}"
    )]
    public static partial void AlertChanged(
        ILogger logger,
        string kind,
        string status,
        string endpoint,
        string model,
        int version,
        string message
    );

    [LoggerMessage(5050, LogLevel.Information, "Asked for retraining {Id} of {Model} for endpoint {Endpoint}, on {Dataset}")]
    public static partial void RetrainPublished(ILogger logger, Guid id, string endpoint, string model, string dataset);

    [LoggerMessage(5051, LogLevel.Warning, "Retraining {Id}, {State}, could not be taken further and will be tried again: {Reason}")]
    public static partial void RetrainStepFailed(ILogger logger, Guid id, string state, string reason);

    [LoggerMessage(5052, LogLevel.Information, "Retraining {Id} of {Model} ended: {Status}")]
    public static partial void RetrainEnded(ILogger logger, Guid id, string model, string status);

    [LoggerMessage(5060, LogLevel.Information, "Deleted {Predictions} predictions and {Parked} outcomes without prediction for their age")]
    public static partial void Expired(ILogger logger, long predictions, long parked);
}
