using Slipway.Contracts.Registry;

namespace Slipway.Registry.Api.Promotions;

/// <summary>What became of a person's step.</summary>
internal abstract record ActOutcome
{
    internal sealed record Done(Promotion Promotion) : ActOutcome;

    internal sealed record Unknown : ActOutcome;

    /// <summary>The promotion's state does not allow it.</summary>
    internal sealed record Conflict(string Code, string Detail) : ActOutcome;

    /// <summary>This person may not.</summary>
    internal sealed record Forbidden(string Code, string Detail) : ActOutcome;
}
