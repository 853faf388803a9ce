using System.Globalization;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.Serving;

namespace Slipway.Inference.Service.Repository;

/// <summary>The repository extension of a service that follows the registry: it can be looked at, and what is served is changed in the registry.</summary>
internal sealed class RegistryControl(ServingDirectory directory) : IRepositoryControl
{
    public IReadOnlyList<RepositoryIndexEntry> Index(bool readyOnly) =>
        [.. directory.Current.Versions.Select(Describe).Where(entry => !readyOnly || entry.State == RepositoryIndexEntry.Ready)];

    public Task LoadAsync(RepositoryLoad request, CancellationToken ct) => throw NotAllowed();

    public Task UnloadAsync(string name, bool unloadDependents, CancellationToken ct) => throw NotAllowed();

    /// <summary>A version's line in the index.</summary>
    public static RepositoryIndexEntry Describe(VersionStatus status) =>
        status.Model?.OnDemand is { Failure: { } failure }
            ? new(
                status.Id.Model,
                status.Id.Version.ToString(CultureInfo.InvariantCulture),
                RepositoryIndexEntry.Unavailable,
                failure.Error.Message
            )
            : DescribeState(status);

    private static RepositoryIndexEntry DescribeState(VersionStatus status) =>
        new(
            status.Id.Model,
            status.Id.Version.ToString(CultureInfo.InvariantCulture),
            status.State switch
            {
                VersionStatus.Ready => RepositoryIndexEntry.Ready,
                VersionStatus.Loading => RepositoryIndexEntry.Loading,
                _ => RepositoryIndexEntry.Unavailable,
            },
            status.Reason ?? ""
        );

    private static RequestRefusedException NotAllowed() =>
        new(
            StatusCodes.Status503ServiceUnavailable,
            "explicit model load / unload is not allowed: this service follows the registry; promote a version or change an endpoint there"
        );
}
