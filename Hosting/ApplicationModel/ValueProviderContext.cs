namespace Aspire.Hosting.ApplicationModel;

/// <summary>For whom a value is asked.</summary>
public sealed class ValueProviderContext
{
    /// <summary>What the application is doing.</summary>
    public DistributedApplicationExecutionContext? ExecutionContext { get; init; }

    /// <summary>The resource that will receive the value.</summary>
    public IResource? Caller { get; init; }
}
