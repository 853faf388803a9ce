namespace Slipway.Inference.Service.Repository;

/// <summary>Log lines of model repositories: event ids 4140 to 4149.</summary>
internal static partial class RepositoryEvents
{
    [LoggerMessage(4140, LogLevel.Information, "Loaded {Model} from the repository: {Versions} versions.")]
    public static partial void Loaded(ILogger logger, string model, int versions);

    [LoggerMessage(4141, LogLevel.Information, "Unloaded {Model}.")]
    public static partial void Unloaded(ILogger logger, string model);

    [LoggerMessage(4142, LogLevel.Error, "{Model} of the repository is not served: {Reason}")]
    public static partial void ModelRefused(ILogger logger, string model, string reason);

    [LoggerMessage(4143, LogLevel.Warning, "The repository could not be looked at; what is served stays.")]
    public static partial void PollFailed(ILogger logger, Exception exception);

    [LoggerMessage(4144, LogLevel.Warning, "The folder {Folder} of an unloaded model could not be removed.")]
    public static partial void OverrideNotRemoved(ILogger logger, Exception exception, string folder);
}
