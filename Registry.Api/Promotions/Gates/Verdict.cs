using Slipway.Contracts.Registry;

namespace Slipway.Registry.Api.Promotions.Gates;

/// <summary>Makes the results of gates.</summary>
internal static class Verdict
{
    public static GateResult Passed(string gate, string detail, params ReadOnlySpan<(string Name, double? Value)> numbers) =>
        Of(gate, GateStatus.Passed, detail, numbers);

    public static GateResult Failed(string gate, string detail, params ReadOnlySpan<(string Name, double? Value)> numbers) =>
        Of(gate, GateStatus.Failed, detail, numbers);

    public static GateResult Pending(string gate, string detail) => new(gate, GateStatus.Pending, detail);

    public static GateResult Of(string gate, bool passed, string detail, params ReadOnlySpan<(string Name, double? Value)> numbers) =>
        Of(gate, passed ? GateStatus.Passed : GateStatus.Failed, detail, numbers);

    private static GateResult Of(string gate, string status, string detail, ReadOnlySpan<(string Name, double? Value)> numbers)
    {
        var known = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var (name, value) in numbers)
        {
            // JSON has no NaN and no infinity; the detail says them in words.
            if (value is { } number && double.IsFinite(number))
            {
                known[name] = number;
            }
        }
        return new GateResult(gate, status, detail) { Numbers = known.Count == 0 ? null : known };
    }
}
