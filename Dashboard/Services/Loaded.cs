using System.Text.Json;
using Polly.Timeout;
using Slipway.Contracts.Http;

namespace Slipway.Dashboard.Services;

/// <summary>What a page got from a service, or the reason why it got nothing: a service that is away costs a notice, never the page.</summary>
internal sealed record Loaded<T>(T? Value, string? Problem)
    where T : class;

/// <summary>Turns a call to a service into <see cref="Loaded{T}"/>.</summary>
internal static class Loaded
{
    public static async Task<Loaded<T>> FromAsync<T>(string service, Func<Task<T?>> call)
        where T : class
    {
        try
        {
            return new Loaded<T>(await call(), null);
        }
        catch (Exception e)
            when (e
                    is HttpRequestException
                        or ApiException
                        or JsonException
                        or TimeoutRejectedException // a service that hangs, given up by the resilience pipeline
                        or TaskCanceledException { InnerException: TimeoutException }
            )
        {
            return new Loaded<T>(null, $"{service} does not answer: {e.Message}");
        }
    }
}
