using Slipway.Registry.Api.Workers;

namespace Slipway.Registry.Api.Vetting;

/// <summary>A version was registered.</summary>
internal sealed class VettingSignal : WakeSignal;
