using Slipway.Registry.Api.Workers;

namespace Slipway.Registry.Api.Audit;

/// <summary>Wakes the worker that seals changes into the chain.</summary>
internal sealed class ChangeSignal : WakeSignal;
