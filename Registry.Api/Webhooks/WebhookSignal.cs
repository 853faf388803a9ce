using Slipway.Registry.Api.Workers;

namespace Slipway.Registry.Api.Webhooks;

/// <summary>Wakes the worker that sends deliveries.</summary>
internal sealed class WebhookSignal : WakeSignal;
