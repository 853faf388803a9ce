namespace Slipway.Registry.Api.Promotions;

/// <summary>What a person can do to a promotion.</summary>
internal enum PromotionVerb
{
    Comment,
    Approve,
    Reject,
    Withdraw,

    /// <summary>Look at the gates again now.</summary>
    Evaluate,
}
