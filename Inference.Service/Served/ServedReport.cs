using Slipway.Contracts.Inference;
using Slipway.Contracts.Serving;
using Slipway.Inference.Service.PredictionLog;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.Serving;

namespace Slipway.Inference.Service.Served;

/// <summary>Says what is served now, for the API and the page.</summary>
internal sealed class ServedReport(
    ServingDirectory serving,
    ModelFactsTable facts,
    PredictionLogMetrics? log = null,
    PredictionJournal? journal = null
)
{
    public ServedModels Create()
    {
        var view = serving.Current;
        return new ServedModels
        {
            Revision = view.LoadedRevision,
            Endpoints = [.. view.DesiredEndpoints.Select(endpoint => endpoint with { Routes = RoutesOf(view, endpoint.Name) })],
            Models = [.. view.Versions.Select(Describe)],
            PredictionLog =
                log is null || journal is null
                    ? null
                    : new PredictionLogStatus(log.WrittenCount, log.PublishedCount, log.DroppedCount, journal.PendingBytes),
        };
    }

    private static ServedRoute[] RoutesOf(ServingView view, string endpoint) =>
        view.Effective.Endpoints.TryGetValue(endpoint, out var routes)
            ? [.. routes.Select(route => new ServedRoute(route.Version.Model, route.Version.Version, route.Weight))]
            : [];

    private LoadedVersion Describe(VersionStatus status) =>
        new(
            status.Id.Model,
            status.Id.Version,
            status.Id.Digest,
            status.State,
            status.Reason,
            status.Model?.Providers is [var provider, ..] ? provider : "",
            status.Model is { IsKnown: true } ? facts.Of(status.Model).Statistics.Requests : 0
        );
}
