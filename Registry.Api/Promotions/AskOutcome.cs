using Slipway.Contracts.Registry;

namespace Slipway.Registry.Api.Promotions;

/// <summary>What became of a promotion request.</summary>
internal abstract record AskOutcome
{
    internal sealed record Asked(Promotion Promotion) : AskOutcome;

    /// <summary>A request with this key is known; it is the same request.</summary>
    internal sealed record Known(Promotion Promotion) : AskOutcome;

    /// <summary>A request with this key is known, and it asked for something else.</summary>
    internal sealed record KeyTaken : AskOutcome;

    internal sealed record UnknownModel : AskOutcome;

    internal sealed record UnknownVersion : AskOutcome;

    /// <summary>The policy wants four eyes, and nobody said whose the first two are.</summary>
    internal sealed record RequesterNeeded : AskOutcome;
}
