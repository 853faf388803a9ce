namespace Slipway.Registry.Api.Promotions;

/// <summary>The states of a promotion. It is open in the first two; the others are its end.</summary>
internal static class PromotionStatus
{
    /// <summary>A gate is not decided yet.</summary>
    public const string Pending = "pending";

    /// <summary>Every gate has passed; people have not.</summary>
    public const string AwaitingApproval = "awaiting_approval";
    public const string Promoted = "promoted";
    public const string Rejected = "rejected";
    public const string Withdrawn = "withdrawn";
    public const string Expired = "expired";

    public static IReadOnlyList<string> Open { get; } = [Pending, AwaitingApproval];

    public static IReadOnlyList<string> All { get; } = [.. Open, Promoted, Rejected, Withdrawn, Expired];

    public static bool IsOpen(string status) => Open.Contains(status);
}

/// <summary>What happens to a promotion.</summary>
internal static class PromotionEventKind
{
    public const string Requested = "requested";
    public const string Evaluated = "evaluated";
    public const string Commented = "commented";
    public const string Approved = "approved";
    public const string Promoted = "promoted";
    public const string Rejected = "rejected";
    public const string Withdrawn = "withdrawn";
    public const string Expired = "expired";
}
