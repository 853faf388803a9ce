using Slipway.Registry.Api.Workers;

namespace Slipway.Registry.Api.Copies;

/// <summary>A copy was asked for.</summary>
internal sealed class CopySignal : WakeSignal;
