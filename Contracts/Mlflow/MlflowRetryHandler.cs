using System.Net;

namespace Slipway.Contracts.Mlflow;

/// <summary>
/// Repeats what MLflow's client repeats, after the time that the server asks for, else after 2 s, 4 s, 8 s … A streamed upload is sent once: its content is gone.
/// </summary>
internal sealed class MlflowRetryHandler(int maxRetries, TimeSpan attemptTimeout, TimeProvider time) : DelegatingHandler
{
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(120);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var canRepeat = request.Content is null or ByteArrayContent;
        for (var attempt = 0; ; attempt++)
        {
            var response = await AttemptAsync(request, canRepeat, cancellationToken);
            if (!canRepeat || attempt >= maxRetries || !MayPass(response.StatusCode))
            {
                return response;
            }
            var pause = Pause(response, attempt);
            response.Dispose();
            await Task.Delay(pause, time, cancellationToken);
        }
    }

    private async Task<HttpResponseMessage> AttemptAsync(HttpRequestMessage request, bool hasLimit, CancellationToken ct)
    {
        if (!hasLimit)
        {
            return await base.SendAsync(request, ct);
        }
        using var limit = new CancellationTokenSource(attemptTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ct);
        return await base.SendAsync(request, both.Token);
    }

    private TimeSpan Pause(HttpResponseMessage response, int attempt)
    {
        var asked = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - time.GetUtcNow(),
            _ => TimeSpan.FromSeconds(Math.Pow(2, attempt + 1)),
        };
        return asked < TimeSpan.Zero ? TimeSpan.Zero
            : asked > s_longest ? s_longest
            : asked;
    }

    private static bool MayPass(HttpStatusCode status) =>
        status
            is HttpStatusCode.RequestTimeout
                or HttpStatusCode.TooManyRequests
                or HttpStatusCode.InternalServerError
                or HttpStatusCode.BadGateway
                or HttpStatusCode.ServiceUnavailable
                or HttpStatusCode.GatewayTimeout;
}
