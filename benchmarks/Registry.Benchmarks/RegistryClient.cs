using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Slipway.Registry.Benchmarks;

/// <summary>Sends requests and expects them to succeed.</summary>
internal sealed class RegistryClient : IDisposable
{
    private readonly HttpClient _http;

    /// <param name="address">The server's.</param>
    /// <param name="token">A bearer token to show, where access is on.</param>
    public RegistryClient(Uri address, string? token = null)
    {
        _http = new HttpClient { BaseAddress = address };
        _http.DefaultRequestHeaders.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
    }

    public void Dispose() => _http.Dispose();

    public async Task GetAsync(string path, CancellationToken ct) =>
        await ReadAsync(await _http.GetAsync(new Uri(path, UriKind.Relative), ct), ct);

    public async Task<string> PostAsync(string route, string json, CancellationToken ct)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        return await ReadAsync(await _http.PostAsync(new Uri($"api/2.0/mlflow/{route}", UriKind.Relative), content, ct), ct);
    }

    public async Task PutAsync(string path, byte[] bytes, CancellationToken ct)
    {
        using var content = new ByteArrayContent(bytes);
        await ReadAsync(await _http.PutAsync(new Uri($"api/2.0/mlflow-artifacts/artifacts/{path}", UriKind.Relative), content, ct), ct);
    }

    public async Task<string> NewRunAsync(CancellationToken ct) =>
        (string)JsonNode.Parse(await PostAsync("runs/create", """{"experiment_id":"0"}""", ct))!["run"]!["info"]!["run_id"]!;

    private static async Task<string> ReadAsync(HttpResponseMessage response, CancellationToken ct)
    {
        using (response)
        {
            var body = await response.Content.ReadAsStringAsync(ct);
            return response.IsSuccessStatusCode
                ? body
                : throw new InvalidOperationException($"{response.RequestMessage?.RequestUri} answered {(int)response.StatusCode}: {body}");
        }
    }
}
