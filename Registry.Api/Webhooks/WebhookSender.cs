using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Slipway.Registry.Api.Http.Outbound;

namespace Slipway.Registry.Api.Webhooks;

/// <summary>Sends one request of a webhook, signed, to an address that the guard allows.</summary>
internal sealed class WebhookSender : IDisposable
{
    private const int MaxBodyBytes = 4096;

    private readonly OutboundGuard _guard;
    private readonly WebhookSecrets _secrets;
    private readonly TimeProvider _time;
    private readonly TimeSpan _timeout;
    private readonly HttpClient _http;

    public WebhookSender(WebhookGuard guard, WebhookSecrets secrets, IOptions<WebhookOptions> options, TimeProvider time)
    {
        _guard = guard.Guard;
        _secrets = secrets;
        _time = time;
        _timeout = TimeSpan.FromSeconds(options.Value.TimeoutSeconds);
        _http = new HttpClient(_guard.CreateHandler()) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public async Task<AttemptResult> SendAsync(
        string webhookId,
        string url,
        byte[]? secret,
        Guid deliveryId,
        byte[] body,
        CancellationToken ct
    )
    {
        var started = _time.GetTimestamp();
        using var timeout = new CancellationTokenSource(_timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, ct);
        try
        {
            if (_guard.CheckScheme(new Uri(url)) is { } refusal)
            {
                return Failed(refusal, refused: true);
            }
            using var request = Request(webhookId, url, secret, deliveryId, body);
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            var text = await ReadBodyAsync(response, either.Token);
            return new AttemptResult((int)response.StatusCode, text, null, Elapsed(), RetryAfter(response), Refused: false);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            return Failed($"No answer within {_timeout.TotalSeconds:0} s.", refused: false);
        }
        catch (HttpRequestException e)
        {
            return e.InnerException is OutboundRefusedException refused
                ? Failed(refused.Message, refused: true)
                : Failed(Reason(e), refused: false);
        }
        catch (IOException e)
        {
            return Failed($"The connection broke: {e.Message}", refused: false);
        }
        catch (CryptographicException)
        {
            return Failed("The secret cannot be decrypted: the encryption key is not the one that it was encrypted with.", refused: false);
        }

        TimeSpan Elapsed() => _time.GetElapsedTime(started);

        AttemptResult Failed(string error, bool refused) => new(null, null, error, Elapsed(), null, refused);
    }

    public void Dispose() => _http.Dispose();

    private HttpRequestMessage Request(string webhookId, string url, byte[]? secret, Guid deliveryId, byte[] body)
    {
        var id = deliveryId.ToString();
        var timestamp = _time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("slipway-registry", "1"));
        request.Headers.Add("X-MLflow-Delivery-Id", id);
        request.Headers.Add("X-MLflow-Timestamp", timestamp);
        if (secret is not null)
        {
            byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
            var signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(_secrets.Unprotect(webhookId, secret)), signed);
            request.Headers.Add("X-MLflow-Signature", $"v1,{Convert.ToBase64String(signature)}");
        }
        return request;
    }

    private static async Task<string> ReadBodyAsync(HttpResponseMessage response, CancellationToken ct)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        var bytes = new byte[MaxBodyBytes];
        var length = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, ct);
        // PostgreSQL's text cannot hold a null character.
        return Encoding.UTF8.GetString(bytes, 0, length).Replace('\0', '\uFFFD');
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response) =>
        response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - _time.GetUtcNow(),
            _ => null,
        };

    private static string Reason(HttpRequestException e) => e.InnerException is { } inner ? $"{e.Message} {inner.Message}" : e.Message;
}

/// <summary>What became of one attempt: a status and a body, or an error.</summary>
/// <param name="Refused">The rules for addresses did not allow it: nothing was sent.</param>
internal sealed record AttemptResult(int? Status, string? Body, string? Error, TimeSpan Duration, TimeSpan? RetryAfter, bool Refused)
{
    public bool Delivered => Status is >= 200 and < 300;
}
