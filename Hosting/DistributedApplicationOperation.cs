namespace Aspire.Hosting;

/// <summary>What AppHost was started for.</summary>
public enum DistributedApplicationOperation
{
    /// <summary>To run the application on this machine.</summary>
    Run = 0,

    /// <summary>To write what is needed to deploy it elsewhere.</summary>
    Publish = 1,
}
