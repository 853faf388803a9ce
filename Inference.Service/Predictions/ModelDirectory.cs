using System.Globalization;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Serving;
using Slipway.Inference.Service.Serving;

namespace Slipway.Inference.Service.Predictions;

/// <summary>Finds the model that answers for a name: an endpoint's by weight, else a model's own, and says why there is none.</summary>
internal sealed class ModelDirectory(SnapshotHolder snapshots, ServingDirectory directory, RouteRandom random)
{
    /// <summary>Leases the model for a call; throws with 404 for what is not known and 503 for what is not ready.</summary>
    public ModelLease Lease(string name, string? version)
    {
        if (version is null)
        {
            return snapshots.LeaseEndpoint(name, random.Next()) ?? snapshots.LeaseModel(name, null) ?? throw NotServed(name, null);
        }
        if (!int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            throw NotServed(name, version);
        }
        return LeaseRoute(name, number) ?? snapshots.LeaseModel(name, number) ?? throw NotServed(name, version);
    }

    /// <summary>As <see cref="Find"/>, and the model's signature is known: one that was never loaded is loaded for it, within <paramref name="limit"/>.</summary>
    public async ValueTask<LoadedModel> FindKnownAsync(string name, string? version, TimeSpan limit, CancellationToken ct)
    {
        var found = Find(name, version);
        if (found.IsKnown)
        {
            return found;
        }
        using var lease = snapshots.LeaseModel(found.Name, found.Version) ?? throw NotServed(name, version);
        if (await lease.OpenAsync(limit, ct) is { } refused)
        {
            throw Refused(refused, name);
        }
        return lease.Model;
    }

    /// <summary>How a result without outputs is answered.</summary>
    public static RequestRefusedException Refused(
        InferenceResult result,
        string name,
        int queueFullStatus = StatusCodes.Status429TooManyRequests
    ) =>
        new(
            result.Status switch
            {
                InferenceStatus.InvalidInput => StatusCodes.Status400BadRequest,
                InferenceStatus.QueueFull => queueFullStatus,
                InferenceStatus.DeadlineExceeded => StatusCodes.Status504GatewayTimeout,
                InferenceStatus.Cancelled => StatusCodes.Status499ClientClosedRequest,
                InferenceStatus.Unloading or InferenceStatus.Unavailable => StatusCodes.Status503ServiceUnavailable,
                _ => StatusCodes.Status500InternalServerError,
            },
            $"model '{name}': {result.Error}{TritonsWords(result.Status)}",
            result.RetryAfter
        );

    // Its clients look for them.
    private static string TritonsWords(InferenceStatus status) =>
        status switch
        {
            InferenceStatus.QueueFull => " (Exceeds maximum queue size)",
            InferenceStatus.DeadlineExceeded => " (Request timeout expired)",
            _ => "",
        };

    /// <summary>The model that describes a name, without a lease: an endpoint's route of the greatest weight, or the model itself. Throws as <see cref="Lease"/>.</summary>
    public LoadedModel Find(string name, string? version)
    {
        if (version is null && snapshots.Current.Endpoints.TryGetValue(name, out var endpoint))
        {
            return endpoint.Routes.MaxBy(route => route.Weight)!.Model;
        }
        using var lease = Lease(name, version);
        return lease.Model;
    }

    private ModelLease? LeaseRoute(string endpoint, int version)
    {
        foreach (var route in snapshots.Current.Endpoints.GetValueOrDefault(endpoint)?.Routes ?? [])
        {
            if (route.Model.Version == version)
            {
                return snapshots.LeaseModel(route.Model.Name, version);
            }
        }
        return null;
    }

    private RequestRefusedException NotServed(string name, string? version)
    {
        var view = directory.Current;
        if (!view.IsKnown)
        {
            return new RequestRefusedException(
                StatusCodes.Status503ServiceUnavailable,
                "the service does not know yet what to serve: it waits for the registry"
            );
        }
        var candidates = view.VersionsBehind(name).Where(status => version is null || IsVersion(status, version)).ToArray();
        if (candidates.Length > 0 || (version is null && view.FindEndpoint(name) is not null))
        {
            var reasons = candidates.Select(status =>
                $"{status.Id.Model} version {status.Id.Version} is {status.State}" + (status.Reason is null ? "" : $": {status.Reason}")
            );
            return new RequestRefusedException(
                StatusCodes.Status503ServiceUnavailable,
                $"'{name}' is not ready: {string.Join("; ", reasons)}"
            );
        }
        var what = version is null ? $"'{name}'" : $"'{name}' version {version}";
        return new RequestRefusedException(StatusCodes.Status404NotFound, $"Request for unknown model: {what} is not found");
    }

    private static bool IsVersion(VersionStatus status, string version) =>
        string.Equals(status.Id.Version.ToString(CultureInfo.InvariantCulture), version, StringComparison.Ordinal);
}
