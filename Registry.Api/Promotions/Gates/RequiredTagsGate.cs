using Slipway.Contracts.Registry;

namespace Slipway.Registry.Api.Promotions.Gates;

/// <summary>The version must have tags: a key, or a key with a value.</summary>
internal sealed class RequiredTagsGate : IGate
{
    public string Name => GateNames.RequiredTags;

    public GateResult Evaluate(GatePolicy policy, PromotionFacts facts)
    {
        var tags = facts.Candidate!.Tags;
        var missing = (policy.Tags ?? []).Where(required => !Has(tags, required)).ToList();
        return missing.Count == 0
            ? Verdict.Passed(Name, "The version has every required tag.")
            : Verdict.Failed(Name, $"The version lacks the tags {string.Join(", ", missing)}. Set them and ask again.");
    }

    private static bool Has(IReadOnlyDictionary<string, string> tags, string required)
    {
        var equals = required.IndexOf('=', StringComparison.Ordinal);
        return equals < 0
            ? tags.ContainsKey(required)
            : tags.TryGetValue(required[..equals], out var value) && value == required[(equals + 1)..];
    }
}
