using Slipway.Contracts.Monitoring;
using Slipway.Contracts.Training;

namespace Slipway.Registry.Api.Lineage;

/// <summary>Makes <see cref="LineageNeighbours"/> over the services that this installation has.</summary>
internal sealed class LineageNeighbourFactory(IHttpClientFactory clients, IConfiguration configuration)
{
    public const string Monitoring = "lineage-monitoring";
    public const string Training = "lineage-training";

    public LineageNeighbours Create() =>
        new(
            Has("monitoring") ? new MonitoringClient(clients.CreateClient(Monitoring)) : null,
            Has("training") ? new TrainingClient(clients.CreateClient(Training)) : null
        );

    private bool Has(string service) => configuration.GetSection($"services:{service}").Exists();
}
