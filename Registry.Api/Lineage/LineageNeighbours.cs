using System.Globalization;
using System.Text.Json;
using Slipway.Contracts.Http;
using Slipway.Contracts.Monitoring;
using Slipway.Contracts.Registry;
using Slipway.Contracts.Training;

namespace Slipway.Registry.Api.Lineage;

/// <summary>
/// What monitoring and training know, asked once for each question. One that is away or not part of this installation costs a note, and no more than a few
/// seconds.
/// </summary>
internal sealed class LineageNeighbours(MonitoringClient? monitoring, TrainingClient? training)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    private readonly Dictionary<string, IReadOnlyList<Alert>> _alerts = [];
    private readonly Dictionary<string, IReadOnlyList<VersionTraffic>> _traffic = [];
    private readonly Dictionary<Guid, TrainingJob?> _jobs = [];
    private readonly HashSet<string> _away = [];

    /// <summary>What could not be asked.</summary>
    public IReadOnlyList<string> Notes => [.. _away];

    /// <summary>An endpoint's alerts; all alerts where it is null.</summary>
    public async Task<IReadOnlyList<Alert>> AlertsAsync(string? endpoint, CancellationToken ct)
    {
        if (!_alerts.TryGetValue(endpoint ?? "", out var alerts))
        {
            var page = await AskAsync(
                "monitoring",
                monitoring,
                async (client, token) => await client.GetAlertsAsync(endpoint, ct: token),
                ct
            );
            alerts = _alerts[endpoint ?? ""] = page?.Alerts ?? [];
        }
        return alerts;
    }

    public async Task<IReadOnlyList<VersionTraffic>> TrafficAsync(string endpoint, CancellationToken ct)
    {
        if (!_traffic.TryGetValue(endpoint, out var traffic))
        {
            var summary = await AskAsync(
                "monitoring",
                monitoring,
                async (client, token) => await client.GetTrafficAsync(endpoint, token),
                ct
            );
            traffic = _traffic[endpoint] = summary?.Versions ?? [];
        }
        return traffic;
    }

    public async Task<TrainingJob?> JobAsync(Guid id, CancellationToken ct)
    {
        if (!_jobs.TryGetValue(id, out var job))
        {
            job = _jobs[id] = await AskAsync("training", training, (client, token) => client.FindAsync(id, token), ct);
        }
        return job;
    }

    public static LineageNode Node(LineageId id, Alert alert) =>
        new(
            id.ToString(),
            id.Kind,
            $"{alert.Kind} alert on {alert.Endpoint}",
            new Dictionary<string, string>
            {
                ["status"] = alert.Status,
                ["message"] = alert.Message,
                ["raisedAt"] = alert.RaisedAt.ToString("O", CultureInfo.InvariantCulture),
            }
        );

    public static LineageNode Node(LineageId id, VersionTraffic? traffic)
    {
        var (endpoint, model, version) = id.AsPredictions();
        var details = new Dictionary<string, string> { ["endpoint"] = endpoint };
        if (traffic is not null)
        {
            details["predictions"] = traffic.Predictions.ToString(CultureInfo.InvariantCulture);
            details["outcomes"] = traffic.Outcomes.ToString(CultureInfo.InvariantCulture);
        }
        return new LineageNode(id.ToString(), id.Kind, $"predictions of {model} v{version}", details);
    }

    public static LineageNode Node(LineageId id, TrainingJob? job)
    {
        var details = new Dictionary<string, string>();
        if (job is not null)
        {
            details["status"] = job.Status;
            details["model"] = job.Request.ModelName;
            if (job.Request.Reason is { } reason)
            {
                details["reason"] = reason;
            }
        }
        return new LineageNode(id.ToString(), id.Kind, $"training job {id.Key[..8]}", details);
    }

    private async Task<T?> AskAsync<TClient, T>(
        string name,
        TClient? client,
        Func<TClient, CancellationToken, Task<T?>> ask,
        CancellationToken ct
    )
        where TClient : class
        where T : class
    {
        if (client is null)
        {
            _away.Add($"No {name} service is configured: what it knows is left out.");
            return null;
        }
        if (_away.Contains(Away(name)))
        {
            return null;
        }
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(s_patience);
        try
        {
            return await ask(client, limit.Token);
        }
        catch (ApiException e) when (e.Status == System.Net.HttpStatusCode.NotFound)
        {
            // It has never heard of it: nothing to add.
            return null;
        }
        catch (Exception e)
            when (!ct.IsCancellationRequested
                && e
                    is HttpRequestException
                        or ApiException
                        or JsonException
                        or OperationCanceledException
                        or Polly.Timeout.TimeoutRejectedException
            )
        {
            _away.Add(Away(name));
            return null;
        }
    }

    private static string Away(string name) => $"The {name} service does not answer: what it knows is left out.";
}
