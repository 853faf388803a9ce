using Slipway.Contracts.Registry;
using Slipway.Contracts.Vetting;

namespace Slipway.Registry.Api.Promotions.Gates;

/// <summary>
/// Whoever calls the incumbent, and every declared consumer, must be able to call the candidate: the same inputs by name and type, each accepting at least the
/// shapes that are sent, and every output that is read, with its type and fixed dimensions.
/// </summary>
internal sealed class SignatureGate : IGate
{
    private const long Variable = -1;

    public string Name => GateNames.SignatureCompatible;

    public GateResult Evaluate(GatePolicy policy, PromotionFacts facts)
    {
        var candidate = facts.Candidate!;
        if (facts.Incumbent is null && facts.Consumers.Count == 0)
        {
            return Verdict.Passed(Name, $"No version holds {facts.Environment} and no consumer is declared: nobody can break.");
        }
        if (candidate.Report is not { } report)
        {
            return Verdict.Failed(Name, "The candidate's signature is not known.");
        }
        if (facts.Incumbent is { Report: { } held } incumbent && FindBreak(report, held.Inputs, held.Outputs) is { } problem)
        {
            return Verdict.Failed(Name, $"Callers of version {incumbent.Version} would break: {problem}");
        }
        foreach (var consumer in facts.Consumers)
        {
            if (FindBreak(report, consumer.Inputs, consumer.Outputs) is { } broken)
            {
                return Verdict.Failed(Name, $"The consumer '{consumer.Name}' would break: {broken}");
            }
        }
        var callers = facts.Incumbent is { } holder ? $"Callers of version {holder.Version}" : "Consumers";
        return Verdict.Passed(
            Name,
            $"{callers}{(facts is { Incumbent: not null, Consumers.Count: > 0 } ? $" and {facts.Consumers.Count} declared consumer(s)" : "")} can call version {candidate.Version}."
        );
    }

    /// <summary>What would break for one who sends and reads these; null for nothing.</summary>
    public static string? FindBreak(VettingReport candidate, IReadOnlyList<TensorSpec> sends, IReadOnlyList<TensorSpec> reads)
    {
        var inputs = candidate.Inputs.ToDictionary(t => t.Name, StringComparer.Ordinal);
        foreach (var sent in sends)
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
        // A consumer that declares only what it reads says nothing of what it sends.
        if (inputs.Count > 0 && sends.Count > 0)
        {
            return $"input '{inputs.Keys.Order(StringComparer.Ordinal).First()}' is new and nobody sends it.";
        }
        var outputs = candidate.Outputs.ToDictionary(t => t.Name, StringComparer.Ordinal);
        foreach (var read in reads)
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
