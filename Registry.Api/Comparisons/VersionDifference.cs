using System.Globalization;
using Slipway.Contracts.Registry;
using Slipway.Contracts.Vetting;
using Slipway.Registry.Api.Promotions.Gates;

namespace Slipway.Registry.Api.Comparisons;

/// <summary>What parts two versions. Pure.</summary>
internal static class VersionDifference
{
    public static VersionComparison Of(string model, VersionSide left, VersionSide right) =>
        new()
        {
            Left = Describe(model, left),
            Right = Describe(model, right),
            Params = Texts(left.Params, right.Params),
            Metrics = Numbers(left.Metrics, right.Metrics),
            Tags = Texts(Tags(left), Tags(right)),
            Signature =
            [
                .. Tensors("input", left.Report?.Inputs ?? [], right.Report?.Inputs ?? []),
                .. Tensors("output", left.Report?.Outputs ?? [], right.Report?.Outputs ?? []),
            ],
            CallersOfLeftCanCallRight =
                left.Report is { } held && right.Report is { } taken && SignatureGate.FindBreak(taken, held.Inputs, held.Outputs) is null,
            Graph = Numbers(Graph(left.Report), Graph(right.Report)),
            Baseline = BaselineDifference.Of(left.Baseline, right.Baseline),
        };

    private static ComparedVersion Describe(string model, VersionSide side) =>
        new(model, side.Row.Version, side.Row.RunId, side.Row.VettingStatus, side.Row.CreatedAt);

    private static Dictionary<string, string> Tags(VersionSide side) => side.Row.Tags.ToDictionary(t => t.Key, t => t.Value);

    private static IReadOnlyList<ComparedText> Texts(IReadOnlyDictionary<string, string> left, IReadOnlyDictionary<string, string> right) =>
        [
            .. Names(left.Keys, right.Keys)
                .Select(name => (Name: name, Left: left.GetValueOrDefault(name), Right: right.GetValueOrDefault(name)))
                .Select(pair => new ComparedText(pair.Name, pair.Left, pair.Right, pair.Left != pair.Right)),
        ];

    private static IReadOnlyList<ComparedNumber> Numbers(
        IReadOnlyDictionary<string, double> left,
        IReadOnlyDictionary<string, double> right
    ) =>
        [
            .. Names(left.Keys, right.Keys)
                .Select(name => (Name: name, Left: Find(left, name), Right: Find(right, name)))
                .Select(pair => new ComparedNumber(pair.Name, pair.Left, pair.Right, pair.Left != pair.Right)),
        ];

    private static double? Find(IReadOnlyDictionary<string, double> values, string name) =>
        values.TryGetValue(name, out var value) ? value : null;

    private static IEnumerable<string> Names(IEnumerable<string> left, IEnumerable<string> right) =>
        left.Union(right, StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Tensors(string what, IReadOnlyList<TensorSpec> left, IReadOnlyList<TensorSpec> right)
    {
        var before = left.ToDictionary(t => t.Name, Text, StringComparer.Ordinal);
        var after = right.ToDictionary(t => t.Name, Text, StringComparer.Ordinal);
        foreach (var name in Names(before.Keys, after.Keys))
        {
            var was = before.GetValueOrDefault(name);
            var now = after.GetValueOrDefault(name);
            if (was != now)
            {
                yield return was is null ? $"{what} '{name}' {now} is new."
                : now is null ? $"{what} '{name}' {was} is gone."
                : $"{what} '{name}' was {was} and is {now}.";
            }
        }
    }

    private static string Text(TensorSpec tensor) => $"{tensor.Datatype}[{string.Join(", ", tensor.Shape)}]";

    private static Dictionary<string, double> Graph(VettingReport? report)
    {
        var values = new Dictionary<string, double>(StringComparer.Ordinal);
        if (report is null)
        {
            return values;
        }
        values["parameters"] = report.ParameterCount;
        values["size bytes"] = report.SizeBytes;
        values["IR version"] = report.IrVersion;
        Add(values, "latency p50 ms", report.LatencyMsP50);
        Add(values, "latency p99 ms", report.LatencyMsP99);
        Add(values, "peak memory bytes", report.PeakMemoryBytes);
        foreach (var opset in report.Opsets)
        {
            values[string.Create(CultureInfo.InvariantCulture, $"opset {Domain(opset.Domain)}")] = opset.Version;
        }
        foreach (var use in report.Operators)
        {
            values[$"operator {Domain(use.Domain)}.{use.Name}"] = use.Count;
        }
        return values;
    }

    private static void Add(Dictionary<string, double> values, string name, double? value)
    {
        if (value is { } number && double.IsFinite(number))
        {
            values[name] = number;
        }
    }

    private static string Domain(string domain) => domain.Length == 0 ? "ai.onnx" : domain;
}
