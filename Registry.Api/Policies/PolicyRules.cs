using System.Text.RegularExpressions;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Mlflow;
using Slipway.Registry.Api.Models;
using Slipway.Registry.Api.Promotions;

namespace Slipway.Registry.Api.Policies;

/// <summary>What makes a policy one that can be applied; each check answers with what is wrong, or null.</summary>
internal static partial class PolicyRules
{
    private const int MaxGates = 50;
    private const int MaxNames = 100;
    private const int MaxTextLength = 1000;
    private const int MaxApprovals = 20;
    private const double MaxExpiryHours = 8760;

    /// <summary>The part that belongs to the environment itself and is the same for every model.</summary>
    public static string? CheckEnvironment(EnvironmentPolicy policy)
    {
        foreach (var alias in policy.Aliases.Prepend(policy.Name))
        {
            if (!NamePattern().IsMatch(alias) || alias is "latest" || VersionPattern().IsMatch(alias))
            {
                return $"'{MlflowRules.Shorten(alias)}' is no name of an alias: 1 to 64 letters, digits, _ and -, neither 'latest' nor v and a number.";
            }
        }
        return policy.Stage is ModelStages.None or ModelStages.Staging or ModelStages.Production
            ? null
            : $"stage must be one of {ModelStages.None}, {ModelStages.Staging}, {ModelStages.Production}.";
    }

    /// <summary>The part that a model may have of its own.</summary>
    public static string? Check(EnvironmentPolicy policy, IReadOnlyCollection<string> environments)
    {
        if (policy.From is { } from && (from == policy.Name || !environments.Contains(from)))
        {
            return $"from must be another environment: {string.Join(", ", environments.Where(e => e != policy.Name))}.";
        }
        if (policy.Approvals is < 0 or > MaxApprovals)
        {
            return $"approvals is a number from 0 to {MaxApprovals}.";
        }
        if (policy.ApproverRole is not (Roles.Approver or Roles.Admin))
        {
            return $"approverRole is {Roles.Approver} or {Roles.Admin}.";
        }
        if (!(policy.ExpiryHours is > 0 and <= MaxExpiryHours))
        {
            return $"expiryHours is above 0 and at most {MaxExpiryHours}.";
        }
        if (policy.Gates?.Count > MaxGates)
        {
            return $"a policy has at most {MaxGates} gates.";
        }
        return policy.Gates?.Select(Check).FirstOrDefault(problem => problem is not null);
    }

    private static string? Check(GatePolicy gate)
    {
        double?[] numbers = [gate.Min, gate.Max, gate.Tolerance, gate.Alpha, gate.MaxGap, gate.MaxLatencyMsP50, gate.MaxLatencyMsP99];
        if (numbers.Any(n => n is { } value && !double.IsFinite(value)))
        {
            return $"{gate.Gate}: numbers must be finite.";
        }
        if (gate.Slices?.Count > MaxNames || gate.Tags?.Count > MaxNames || gate.Metric?.Length > MlflowRules.MaxKeyLength)
        {
            return $"{gate.Gate}: at most {MaxNames} names, and a metric of at most {MlflowRules.MaxKeyLength} characters.";
        }
        IEnumerable<string?> texts = [gate.Gate, gate.Metric, .. gate.Slices ?? [], .. gate.Tags ?? []];
        if (texts.Any(text => text?.Contains('\0') == true || text?.Length > MaxTextLength))
        {
            return $"a gate's texts have no null characters, and at most {MaxTextLength}.";
        }
        var problem = gate.Gate switch
        {
            GateNames.Vetted or GateNames.SignatureCompatible or GateNames.NoOpenAlert => null,
            GateNames.MetricThreshold => string.IsNullOrEmpty(gate.Metric) || (gate.Min is null && gate.Max is null)
                ? "needs metric, and min or max"
                : null,
            GateNames.MetricNotWorse => gate.Metric is { } metric && MetricNames.LowerIsBetter(metric) is null
                ? $"metric must end in one of {string.Join(", ", MetricNames.InOrder)}"
            : gate.Tolerance is < 0 or > 1 ? "tolerance is a share from 0 to 1"
            : gate.Alpha is <= 0 or >= 0.5 ? "alpha lies between 0 and 0.5"
            : null,
            GateNames.Fairness => string.IsNullOrEmpty(gate.Metric) || (gate.Min is null && gate.Max is null && gate.MaxGap is null)
                ? "needs metric, and min, max or maxGap"
                : null,
            GateNames.LatencyBudget => gate.MaxLatencyMsP50 is null && gate.MaxLatencyMsP99 is null
                ? "needs maxLatencyMsP50 or maxLatencyMsP99"
                : null,
            GateNames.MemoryBudget => gate.MaxPeakMemoryBytes is null && gate.MaxSizeBytes is null
                ? "needs maxPeakMemoryBytes or maxSizeBytes"
                : null,
            GateNames.RequiredTags => gate.Tags is not { Count: > 0 } tags || tags.Any(tag => tag.Length == 0 || tag[0] == '=')
                ? "needs tags, each a key or key=value"
                : null,
            _ => $"is no gate; there are {string.Join(", ", GateNames.All)}",
        };
        return problem is null ? null : $"{MlflowRules.Shorten(gate.Gate)}: {problem}.";
    }

    [GeneratedRegex(@"^[A-Za-z0-9_\-]{1,64}\z")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"^[vV]\d+\z")]
    private static partial Regex VersionPattern();
}
