using System.Net.Http.Json;
using Microsoft.Extensions.Options;
using Polly.Timeout;

namespace Slipway.Dashboard.Services;

/// <summary>
/// What runs: AppHost's list of resources where there is one; otherwise the health of the services that this process can reach, asked one by one.
/// </summary>
internal sealed class ResourceClient(HttpClient http, IOptions<ResourceOptions> options)
{
    private static readonly string[] s_services = ["registry", "training", "inference", "monitoring"];

    public async Task<IReadOnlyList<ResourceRow>> ListAsync(CancellationToken ct)
    {
        if (options.Value.Url is { } url)
        {
            return await http.GetFromJsonAsync(
                    new Uri(new Uri(url), "/api/v1/resources"),
                    ResourceJson.Default.IReadOnlyListResourceRow,
                    ct
                ) ?? [];
        }
        return await Task.WhenAll(s_services.Select(name => CheckAsync(name, ct)));
    }

    private async Task<ResourceRow> CheckAsync(string name, CancellationToken ct)
    {
        try
        {
            using var response = await http.GetAsync(new Uri($"http://{name}/health/ready"), ct);
            return new ResourceRow
            {
                Name = name,
                State = "Running",
                Health = response.IsSuccessStatusCode ? "Healthy" : "Unhealthy",
            };
        }
        catch (Exception e)
            when (e is HttpRequestException or TimeoutRejectedException or TaskCanceledException { InnerException: TimeoutException })
        {
            return new ResourceRow
            {
                Name = name,
                State = "Unreachable",
                Health = "Unhealthy",
            };
        }
    }
}
