using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Slipway.Contracts.Http;

/// <summary>The few HTTP steps that the typed clients share: send, turn problem details into <see cref="ApiException"/>, read JSON.</summary>
internal static class ApiHttp
{
    internal static async Task<T> GetAsync<T>(HttpClient http, string path, JsonTypeInfo<T> json, CancellationToken ct)
    {
        using var response = await http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, ct);
        return await ReadAsync(response, json, ct);
    }

    /// <summary>As <see cref="GetAsync"/>, with null for 404.</summary>
    internal static async Task<T?> FindAsync<T>(HttpClient http, string path, JsonTypeInfo<T> json, CancellationToken ct)
        where T : class
    {
        using var response = await http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, ct);
        return response.StatusCode == HttpStatusCode.NotFound ? null : await ReadAsync(response, json, ct);
    }

    internal static async Task<TOut> SendAsync<TIn, TOut>(
        HttpClient http,
        HttpMethod method,
        string path,
        TIn body,
        JsonTypeInfo<TIn> input,
        JsonTypeInfo<TOut> output,
        CancellationToken ct
    )
    {
        // Serialised up front: a request with a known length can be repeated by a retry handler.
        using var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, input));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var request = new HttpRequestMessage(method, path) { Content = content };
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        return await ReadAsync(response, output, ct);
    }

    internal static async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> json, CancellationToken ct)
    {
        await EnsureSuccessAsync(response, ct);
        return await response.Content.ReadFromJsonAsync(json, ct)
            ?? throw new ApiException(response.StatusCode, "empty_answer", $"{response.RequestMessage?.RequestUri} answered null.");
    }

    internal static async Task EnsureSuccessAsync(HttpResponseMessage response, CancellationToken ct)
    {
        if (response.IsSuccessStatusCode)
        {
            return;
        }
        var text = await response.Content.ReadAsStringAsync(ct);
        var (code, detail) = ReadProblem(text);
        throw new ApiException(
            response.StatusCode,
            code ?? "unknown",
            $"{response.RequestMessage?.Method} {response.RequestMessage?.RequestUri} answered {(int)response.StatusCode}: {detail ?? text}"
        );
    }

    private static (string? Code, string? Detail) ReadProblem(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return (null, null);
            }
            var root = document.RootElement;
            return (Text(root, "code") ?? Text(root, "error_code"), Text(root, "detail") ?? Text(root, "message") ?? Text(root, "error"));
        }
        catch (JsonException)
        {
            return (null, null);
        }
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
