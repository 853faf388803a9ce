using Polly;

namespace Slipway.ServiceDefaults.Resilience;

/// <summary>
/// Runs a request through the resilience pipeline. A request that says <see cref="NoResilience"/>, and one whose body is a stream (it cannot be sent twice, and
/// may take as long as it takes), goes straight through.
/// </summary>
internal sealed class ResilienceHandler(HttpResiliencePipeline resilience) : DelegatingHandler
{
    /// <summary>Set to true in a request's options: long polls and streams, whose waiting is not a failure.</summary>
    internal static readonly HttpRequestOptionsKey<bool> NoResilience = new("Slipway.NoResilience");

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if ((request.Options.TryGetValue(NoResilience, out var off) && off) || !RetryRules.CanBeRepeated(request.Content))
        {
            return await base.SendAsync(request, cancellationToken);
        }

        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        try
        {
            context.Properties.Set(HttpResiliencePipeline.Request, request);
            return await resilience.Pipeline.ExecuteAsync(
                static async (context, state) => await state.Handler.SendOnceAsync(state.Request, context.CancellationToken),
                context,
                (Handler: this, Request: request)
            );
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private Task<HttpResponseMessage> SendOnceAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        base.SendAsync(request, cancellationToken);
}
