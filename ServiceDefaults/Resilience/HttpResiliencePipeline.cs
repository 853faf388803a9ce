using Microsoft.Extensions.Options;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace Slipway.ServiceDefaults.Resilience;

/// <summary>The one pipeline of a service's HTTP clients: a limit for all tries, retries with exponential back-off and jitter, a limit for each try.</summary>
internal sealed class HttpResiliencePipeline
{
    internal static readonly ResiliencePropertyKey<HttpRequestMessage> Request = new("request");

    public HttpResiliencePipeline(IOptions<ResilienceOptions> options, TimeProvider clock)
    {
        var value = options.Value;
        var maxDelay = TimeSpan.FromMilliseconds(value.MaxDelayMs);
        var builder = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = clock };
        builder.AddTimeout(new TimeoutStrategyOptions { Timeout = TimeSpan.FromSeconds(value.TotalSeconds) });
        if (value.Retries > 0)
        {
            builder.AddRetry(
                new RetryStrategyOptions<HttpResponseMessage>
                {
                    MaxRetryAttempts = value.Retries,
                    BackoffType = DelayBackoffType.Exponential,
                    UseJitter = true,
                    Delay = TimeSpan.FromMilliseconds(value.FirstDelayMs),
                    MaxDelay = maxDelay,
                    ShouldHandle = arguments =>
                        ValueTask.FromResult(
                            arguments.Context.Properties.TryGetValue(Request, out var request)
                                && RetryRules.ShouldRetry(request, arguments.Outcome)
                        ),
                    DelayGenerator = arguments => ValueTask.FromResult(RetryAfter(arguments.Outcome.Result, maxDelay, clock)),
                    OnRetry = static arguments =>
                    {
                        // Its connection is free for the next try only once the answer is let go.
                        arguments.Outcome.Result?.Dispose();
                        return ValueTask.CompletedTask;
                    },
                }
            );
        }

        builder.AddTimeout(new TimeoutStrategyOptions { Timeout = TimeSpan.FromSeconds(value.TrySeconds) });
        Pipeline = builder.Build();
    }

    internal ResiliencePipeline<HttpResponseMessage> Pipeline { get; }

    private static TimeSpan? RetryAfter(HttpResponseMessage? response, TimeSpan longest, TimeProvider clock)
    {
        var asked = response?.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - clock.GetUtcNow(),
            _ => (TimeSpan?)null,
        };
        return asked is { } wait && wait > TimeSpan.Zero ? (wait < longest ? wait : longest) : null;
    }
}
