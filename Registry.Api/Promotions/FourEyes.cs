using Slipway.Contracts.Registry;

namespace Slipway.Registry.Api.Promotions;

/// <summary>Which approvals count: each person once, and not the one who asked unless the policy allows it.</summary>
internal static class FourEyes
{
    public static bool SamePerson(string? one, string? other) =>
        one is not null && other is not null && string.Equals(one.Trim(), other.Trim(), StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the policy needs to know who asks.</summary>
    public static bool NeedsRequester(EnvironmentPolicy policy) => policy is { Approvals: > 0, RequesterMayApprove: false };

    public static IReadOnlyList<string> Count(EnvironmentPolicy policy, string? requestedBy, IEnumerable<string> approvers) =>
        // Of a request whose author is not known nobody can be shown to be another person.
        NeedsRequester(policy) && requestedBy is null
            ? []
            :
            [
                .. approvers
                    .DistinctBy(name => name.Trim().ToUpperInvariant())
                    .Where(name => policy.RequesterMayApprove || !SamePerson(name, requestedBy)),
            ];
}
