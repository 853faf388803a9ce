namespace Aspire.Hosting;

/// <summary>Tells code in the model what AppHost was started for.</summary>
public class DistributedApplicationExecutionContext(DistributedApplicationOperation operation)
{
    /// <summary>What AppHost was started for.</summary>
    public DistributedApplicationOperation Operation { get; } = operation;

    /// <summary>Whether the application is being published.</summary>
    public bool IsPublishMode => Operation == DistributedApplicationOperation.Publish;

    /// <summary>Whether the application is run on this machine.</summary>
    public bool IsRunMode => Operation == DistributedApplicationOperation.Run;
}
