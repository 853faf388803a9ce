using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Slipway.Contracts.Http;

namespace Slipway.Contracts.Monitoring;

/// <summary>Typed client of the monitoring service; the <see cref="HttpClient"/> has it as base address. Throws <see cref="ApiException"/> for a refusal.</summary>
public sealed class MonitoringClient(HttpClient http)
{
    /// <summary>Sends outcomes. A conflict (409) is an answer, not an exception: see <see cref="OutcomeResult.Conflicts"/>.</summary>
    public async Task<OutcomeResult> SendOutcomesAsync(OutcomeBatch batch, CancellationToken ct = default)
    {
        using var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(batch, ContractsJson.Default.OutcomeBatch));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await http.PostAsync(new Uri("api/v1/outcomes", UriKind.Relative), content, ct);
        if (response.StatusCode == HttpStatusCode.Conflict)
        {
            await using var body = await response.Content.ReadAsStreamAsync(ct);
            return (await JsonSerializer.DeserializeAsync(body, ContractsJson.Default.OutcomeResult, ct))!;
        }
        return await ApiHttp.ReadAsync(response, ContractsJson.Default.OutcomeResult, ct);
    }

    /// <summary>All monitors.</summary>
    public Task<IReadOnlyList<MonitorDefinition>> ListMonitorsAsync(CancellationToken ct = default) =>
        ApiHttp.GetAsync(http, "api/v1/monitors", ContractsJson.Default.IReadOnlyListMonitorDefinition, ct);

    /// <summary>Creates or replaces the monitor of an endpoint.</summary>
    public Task<MonitorDefinition> PutMonitorAsync(MonitorDefinition monitor, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(monitor);
        return ApiHttp.SendAsync(
            http,
            HttpMethod.Put,
            $"api/v1/monitors/{Uri.EscapeDataString(monitor.Endpoint)}",
            monitor,
            ContractsJson.Default.MonitorDefinition,
            ContractsJson.Default.MonitorDefinition,
            ct
        );
    }

    /// <summary>The newest windows of an endpoint, in time order.</summary>
    public Task<WindowPage> GetWindowsAsync(string endpoint, int limit = 200, CancellationToken ct = default) =>
        ApiHttp.GetAsync(
            http,
            $"api/v1/monitors/{Uri.EscapeDataString(endpoint)}/windows?limit={limit}",
            ContractsJson.Default.WindowPage,
            ct
        );

    /// <summary>Alerts, newest first; of an endpoint or in a state where these are given, at most <paramref name="limit"/> (up to 1000).</summary>
    public Task<AlertPage> GetAlertsAsync(string? endpoint = null, string? status = null, int? limit = null, CancellationToken ct = default)
    {
        (string Name, string? Value)[] filters =
        [
            ("endpoint", endpoint),
            ("status", status),
            ("limit", limit?.ToString(CultureInfo.InvariantCulture)),
        ];
        var query = filters.Where(f => f.Value is not null).Select(f => $"{f.Name}={Uri.EscapeDataString(f.Value!)}");
        return ApiHttp.GetAsync(http, $"api/v1/alerts?{string.Join('&', query)}", ContractsJson.Default.AlertPage, ct);
    }

    /// <summary>What is stored.</summary>
    public Task<MonitoringStats> GetStatsAsync(CancellationToken ct = default) =>
        ApiHttp.GetAsync(http, "api/v1/stats", ContractsJson.Default.MonitoringStats, ct);

    /// <summary>
    /// Streams an endpoint's joined predictions with an event time in [from, to) as CSV: the feature columns, then <c>outcome</c>. An absent end is open.
    /// </summary>
    public async Task DownloadDatasetAsync(
        string endpoint,
        DateTimeOffset? from,
        DateTimeOffset? to,
        Stream destination,
        CancellationToken ct = default
    )
    {
        string?[] range = [Time("from", from), Time("to", to)];
        var path =
            $"api/v1/endpoints/{Uri.EscapeDataString(endpoint)}/dataset.csv?{string.Join('&', range.Where(part => part is not null))}";
        using var response = await http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, ct);
        await ApiHttp.EnsureSuccessAsync(response, ct);
        await response.Content.CopyToAsync(destination, ct);
    }

    /// <summary>Traffic of an endpoint by version.</summary>
    public Task<EndpointTraffic> GetTrafficAsync(string endpoint, CancellationToken ct = default) =>
        ApiHttp.GetAsync(http, $"api/v1/endpoints/{Uri.EscapeDataString(endpoint)}/summary", ContractsJson.Default.EndpointTraffic, ct);

    private static string? Time(string name, DateTimeOffset? time) =>
        time is { } value ? $"{name}={Uri.EscapeDataString(value.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture))}" : null;
}
