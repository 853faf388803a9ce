using Slipway.Registry.Api.Workers;

namespace Slipway.Registry.Api.Events;

/// <summary>Wakes the worker that publishes events on the bus.</summary>
internal sealed class PublishSignal : WakeSignal;
