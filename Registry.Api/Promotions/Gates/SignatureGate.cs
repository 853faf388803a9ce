using Slipway.Contracts.Registry;
using Slipway.Contracts.Vetting;

namespace Slipway.Registry.Api.Promotions;

/// <summary>
/// Whoever calls the incumbent must be able to call the candidate: the same inputs by name and type, each accepting at least the shapes it accepted, and every
/// output that was there, with the type and the fixed dimensions it had.
/// </summary>
internal static class SignatureGate
{
    public const string Name = "signature_compatible";
    private const long Variable = -1;

    public static GateResult Evaluate(VersionFacts candidate, VersionFacts incumbent)
    {
        var problem = Find(candidate.Report, incumbent.Report);
        return problem is null
            ? new GateResult(Name, GateStatus.Passed, $"Callers of version {incumbent.Version} can call version {candidate.Version}.")
            : new GateResult(Name, GateStatus.Failed, $"Callers of version {incumbent.Version} would break: {problem}");
    }

    private static string? Find(VettingReport? candidate, VettingReport? incumbent)
    {
        if (candidate is null || incumbent is null)
        {
            return candidate is null ? "the candidate's signature is not known." : null;
        }
        var inputs = candidate.Inputs.ToDictionary(t => t.Name, StringComparer.Ordinal);
        foreach (var sent in incumbent.Inputs)
        {
            if (!inputs.Remove(sent.Name, out var taken))
            {
                return $"input '{sent.Name}' is gone.";
            }
            if (taken.Datatype != sent.Datatype)
            {
                return $"input '{sent.Name}' was {sent.Datatype} and is {taken.Datatype}.";
            }
            if (!Covers(taken.Shape, sent.Shape))
            {
                return $"input '{sent.Name}' accepted {Text(sent.Shape)} and accepts {Text(taken.Shape)}.";
            }
        }
        if (inputs.Count > 0)
        {
            return $"input '{inputs.Keys.Order(StringComparer.Ordinal).First()}' is new and nobody sends it.";
        }
        var outputs = candidate.Outputs.ToDictionary(t => t.Name, StringComparer.Ordinal);
        foreach (var read in incumbent.Outputs)
        {
            if (!outputs.TryGetValue(read.Name, out var given))
            {
                return $"output '{read.Name}' is gone.";
            }
            if (given.Datatype != read.Datatype)
            {
                return $"output '{read.Name}' was {read.Datatype} and is {given.Datatype}.";
            }
            if (!Covers(read.Shape, given.Shape))
            {
                return $"output '{read.Name}' had shape {Text(read.Shape)} and has {Text(given.Shape)}.";
            }
        }
        return null;
    }

    /// <summary>Whether every shape that <paramref name="narrow"/> describes is one that <paramref name="wide"/> does.</summary>
    private static bool Covers(IReadOnlyList<long> wide, IReadOnlyList<long> narrow) =>
        wide.Count == narrow.Count && wide.Zip(narrow).All(d => d.First == Variable || d.First == d.Second);

    private static string Text(IReadOnlyList<long> shape) => $"[{string.Join(", ", shape)}]";
}
