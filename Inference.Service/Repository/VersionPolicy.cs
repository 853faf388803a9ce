using Slipway.Inference.Service.Protos;

namespace Slipway.Inference.Service.Repository;

/// <summary>Which of the versions that are there a model serves.</summary>
internal static class VersionPolicy
{
    /// <summary>The chosen versions, lowest first. Without a policy, the highest alone.</summary>
    public static IReadOnlyList<int> Choose(ModelVersionPolicy? policy, IEnumerable<int> available)
    {
        var sorted = available.Order().ToArray();
        return policy?.PolicyChoiceCase switch
        {
            ModelVersionPolicy.PolicyChoiceOneofCase.All => sorted,
            ModelVersionPolicy.PolicyChoiceOneofCase.Specific => [.. sorted.Where(number => policy.Specific.Versions.Contains(number))],
            ModelVersionPolicy.PolicyChoiceOneofCase.Latest when policy.Latest.NumVersions > 0 =>
            [
                .. sorted.TakeLast((int)Math.Min(policy.Latest.NumVersions, int.MaxValue)),
            ],
            _ => [.. sorted.TakeLast(1)],
        };
    }
}
