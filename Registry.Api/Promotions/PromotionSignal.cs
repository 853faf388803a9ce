using Slipway.Registry.Api.Workers;

namespace Slipway.Registry.Api.Promotions;

/// <summary>A promotion was asked for, or what one waits for has come.</summary>
internal sealed class PromotionSignal : WakeSignal;
