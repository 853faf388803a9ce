using System.Net;
using Slipway.Contracts.Http;
using Slipway.Training.Worker.Storage;

namespace Slipway.Training.Worker.Jobs;

/// <summary>
/// Repeats a call to a neighbour (a service, or the database) while it is away or overloaded, without end: an hour of training is not thrown away because the
/// registry restarts. A refusal (4xx) is thrown at once, and a server that answers 500 again and again gives up after a few minutes, because
/// that is a bug which waiting does not cure.
/// </summary>
internal sealed class RemoteCalls(TimeProvider time)
{
    private const int MaxServerErrors = 12;
    private static readonly TimeSpan s_firstDelay = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_longestDelay = TimeSpan.FromSeconds(15);

    /// <summary>Runs <paramref name="call"/>, which must be safe to repeat; <paramref name="waiting"/> hears why it waits, then null.</summary>
    public async Task<T> RunAsync<T>(string service, Func<CancellationToken, Task<T>> call, Action<string?> waiting, CancellationToken ct)
    {
        var delay = s_firstDelay;
        var (failures, serverErrors) = (0, 0);
        while (true)
        {
            try
            {
                var result = await call(ct);
                if (failures > 0)
                {
                    waiting(null);
                }
                return result;
            }
            catch (Exception e) when (!ct.IsCancellationRequested && IsAway(e))
            {
                failures++;
                serverErrors += e is ApiException { Status: HttpStatusCode.InternalServerError } ? 1 : 0;
                if (serverErrors == MaxServerErrors)
                {
                    throw;
                }
                waiting($"Waiting for the {service}: {e.GetBaseException().Message}");
            }
            await Task.Delay(delay, time, ct);
            delay = delay * 2 < s_longestDelay ? delay * 2 : s_longestDelay;
        }
    }

    private static bool IsAway(Exception exception) =>
        exception switch
        {
            ApiException api => (int)api.Status >= 500 || api.Status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests,
            // A connection refused, a stream that broke off, the client's own timeout.
            HttpRequestException or TaskCanceledException or TimeoutException => true,
            IOException { InnerException: not null } => true,
            _ => DatabaseErrors.IsUnavailable(exception),
        };
}
