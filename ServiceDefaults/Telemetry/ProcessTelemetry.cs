namespace Slipway.ServiceDefaults.Telemetry;

/// <summary>
/// Shared by services that live in one process, and registered as an instance in each before <c>AddServiceDefaults</c>: spans and metrics are
/// collected per process, so one of the services reports them, under <paramref name="serviceName"/>. Logs stay under each service's name.
/// </summary>
public sealed class ProcessTelemetry(string serviceName)
{
    private int _claimed;

    /// <summary>The name of the process.</summary>
    public string ServiceName { get; } = serviceName;

    internal bool TryClaim() => Interlocked.Exchange(ref _claimed, 1) == 0;
}
