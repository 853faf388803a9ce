using System.Net.Http.Headers;
using System.Text;

namespace Slipway.Contracts.Mlflow;

/// <summary>How to reach a tracking server from outside Slipway's own services, as MLflow's environment variables say it.</summary>
public sealed record MlflowClientOptions
{
    /// <summary>The server's address (MLFLOW_TRACKING_URI).</summary>
    public required Uri TrackingUri { get; init; }

    /// <summary>The name for basic authentication (MLFLOW_TRACKING_USERNAME).</summary>
    public string? UserName { get; init; }

    /// <summary>The password for basic authentication (MLFLOW_TRACKING_PASSWORD).</summary>
    public string? Password { get; init; }

    /// <summary>A bearer token (MLFLOW_TRACKING_TOKEN); it wins over a name and password.</summary>
    public string? Token { get; init; }

    /// <summary>How often a request is repeated that was answered with 408, 429 or a 5xx that may pass (MLFLOW_HTTP_REQUEST_MAX_RETRIES).</summary>
    public int MaxRetries { get; set; } = 7;

    /// <summary>The longest time of one attempt (MLFLOW_HTTP_REQUEST_TIMEOUT).</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(120);

    /// <summary>
    /// A client for <see cref="MlflowClient"/>, which its maker disposes. Between Slipway's services the host's own client factory is used instead, which repeats
    /// requests too.
    /// </summary>
    public HttpClient CreateHttpClient(HttpMessageHandler? innerHandler = null, TimeProvider? time = null)
    {
        var retry = new MlflowRetryHandler(MaxRetries, Timeout, time ?? TimeProvider.System)
        {
            InnerHandler = innerHandler ?? new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) },
        };
        // The limit is one attempt's, and a long upload has none.
        var http = new HttpClient(retry) { BaseAddress = WithSlash(TrackingUri), Timeout = System.Threading.Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.Authorization = Authorization;
        return http;
    }

    // Without it, the last part of the address would be replaced by the route.
    private static Uri WithSlash(Uri uri) =>
        uri.AbsolutePath.EndsWith('/') ? uri : new UriBuilder(uri) { Path = uri.AbsolutePath + "/" }.Uri;

    /// <summary>The <c>Authorization</c> header, or null.</summary>
    private AuthenticationHeaderValue? Authorization =>
        Token is { Length: > 0 } token ? new("Bearer", token)
        : UserName is { Length: > 0 } name ? new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{Password}")))
        : null;
}
