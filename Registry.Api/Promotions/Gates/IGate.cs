using Slipway.Contracts.Registry;

namespace Slipway.Registry.Api.Promotions.Gates;

/// <summary>One question that a policy asks of a version. Pure: facts in, verdict out. It is asked of vetted versions only.</summary>
internal interface IGate
{
    string Name { get; }

    GateResult Evaluate(GatePolicy policy, PromotionFacts facts);
}
