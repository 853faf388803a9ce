using System.Text.Json;
using Polly.Timeout;
using Slipway.Contracts.Http;
using Slipway.Contracts.Monitoring;

namespace Slipway.Registry.Api.Promotions;

/// <summary>Asks monitoring for the open alerts on a version. Whatever goes wrong is an answer: the gate waits.</summary>
internal sealed class OpenAlertsReader(IHttpClientFactory clients)
{
    public const string ClientName = "monitoring";
    private const int MaxAlerts = 1000;

    public async Task<OpenAlerts> ReadAsync(string model, int version, CancellationToken ct)
    {
        try
        {
            var monitoring = new MonitoringClient(clients.CreateClient(ClientName));
            var page = await monitoring.GetAlertsAsync(status: "open", limit: MaxAlerts, ct: ct);
            var own = page.Alerts.Where(alert => alert.Model == model && alert.Version == version && alert.Status == "open").ToList();
            return own.Count == 0 && page.Alerts.Count >= MaxAlerts
                ? new OpenAlerts([], $"monitoring has {MaxAlerts} open alerts or more, and shows no others.")
                : new OpenAlerts([.. own.Select(alert => $"{alert.Kind} on endpoint '{alert.Endpoint}': {alert.Message}")], null);
        }
        catch (Exception e)
            when (!ct.IsCancellationRequested
                && e is HttpRequestException or ApiException or JsonException or TimeoutRejectedException or OperationCanceledException
            )
        {
            return new OpenAlerts([], $"monitoring does not answer: {e.Message}");
        }
    }
}
