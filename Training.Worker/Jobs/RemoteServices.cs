namespace Slipway.Training.Worker.Jobs;

/// <summary>HTTP clients of the services that a job needs, by their names in service discovery.</summary>
internal sealed class RemoteServices(IHttpClientFactory clients)
{
    public const string RegistryName = "registry";
    public const string MonitoringName = "monitoring";

    public HttpClient Registry() => clients.CreateClient(RegistryName);

    public HttpClient Monitoring() => clients.CreateClient(MonitoringName);
}
