using System.Globalization;
using Slipway.Training.Worker.Export;

namespace Slipway.Training.Worker.Trainers.Linear;

/// <summary>A fitted linear model: its design and one weight vector an output, in 32-bit floats as they are served.</summary>
internal sealed class LinearModel : ITrainedModel
{
    private readonly LinearDesign _design;
    private readonly double[][] _weights;

    public LinearModel(LinearDesign design, double[] weights, int outputs, int iterations)
    {
        _design = design;
        OutputCount = outputs;
        // Rounded once here, so that scores in process come from the very numbers that are exported.
        _weights =
        [
            .. Enumerable
                .Range(0, outputs)
                .Select(output =>
                    weights.AsSpan(output * design.Width, design.Width).ToArray().Select(weight => (double)(float)weight).ToArray()
                ),
        ];
        Facts = new Dictionary<string, string>
        {
            ["iterations"] = iterations.ToString(CultureInfo.InvariantCulture),
            ["columns"] = design.Width.ToString(CultureInfo.InvariantCulture),
        };
    }

    public int OutputCount { get; }

    public IReadOnlyDictionary<string, string> Facts { get; }

    public float[] Score(FeatureTable rows) => Score(_design.Transform(rows));

    public float[] Score(LinearMatrix matrix)
    {
        var scores = new float[matrix.RowCount * OutputCount];
        for (var row = 0; row < matrix.RowCount; row++)
        {
            for (var output = 0; output < OutputCount; output++)
            {
                scores[(row * OutputCount) + output] = (float)matrix.Dot(row, _weights[output]);
            }
        }
        return scores;
    }

    public string Emit(OnnxGraph graph)
    {
        var bias = Column(_design.Width - 1);
        string? sum = null;
        if (_design.Numeric.Length > 0)
        {
            sum = EmitNumbers(graph, bias);
        }
        for (var i = 0; i < _design.Categorical.Length; i++)
        {
            var part = EmitCategory(graph, i, sum is null ? bias : null);
            sum = sum is null ? part : graph.Node("Add", [sum, part]);
        }
        return sum!;
    }

    private string EmitNumbers(OnnxGraph graph, float[] bias)
    {
        var count = _design.Numeric.Length;
        string[] inputs = [.. _design.Numeric.Select(feature => graph.Features[feature].Name)];
        var raw = graph.Node("Concat", inputs, OnnxAttribute.Int("axis", 1));
        var missing = graph.Node("IsNaN", [raw]);
        var means = graph.Constant("means", _design.Means, count);
        var filled = graph.Node("Where", [missing, means, raw]);
        var centred = graph.Node("Sub", [filled, means]);
        var scaled = graph.Node("Mul", [centred, graph.Constant("scales", _design.Scales, count)]);
        var weights = graph.Constant("weights", Rows(0, count), count, OutputCount);
        var sum = graph.Node("Gemm", [scaled, weights, graph.Constant("bias", bias, OutputCount)]);
        if (_design.Indicators.Length == 0)
        {
            return sum;
        }
        var indicatorWeights = new float[count * OutputCount];
        for (var i = 0; i < _design.Indicators.Length; i++)
        {
            Column(count + i).CopyTo(indicatorWeights, _design.Indicators[i] * OutputCount);
        }
        var mask = graph.Node("Cast", [missing], OnnxAttribute.Int("to", 1));
        var part = graph.Node("MatMul", [mask, graph.Constant("missing_weights", indicatorWeights, count, OutputCount)]);
        return graph.Node("Add", [sum, part]);
    }

    private string EmitCategory(OnnxGraph graph, int index, float[]? bias)
    {
        var feature = graph.Features[_design.Categorical[index]];
        var levels = feature.Categories.Length + 1;
        var table = Rows(_design.Offsets[index], levels);
        for (var i = 0; bias is not null && i < table.Length; i++)
        {
            table[i] += bias[i % OutputCount];
        }
        var weights = graph.Constant("levels", table, levels, OutputCount);
        var code = OnnxCategory.Codes(graph, feature);
        var flat = graph.Node("Squeeze", [code, graph.Constant("axes", [1L])]);
        return graph.Node("Gather", [weights, flat], OnnxAttribute.Int("axis", 0));
    }

    private float[] Column(int column) => [.. _weights.Select(weights => (float)weights[column])];

    private float[] Rows(int first, int count) => [.. Enumerable.Range(first, count).SelectMany(Column)];
}
