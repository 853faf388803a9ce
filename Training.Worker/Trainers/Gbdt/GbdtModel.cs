using System.Globalization;
using Slipway.Training.Worker.Export;

namespace Slipway.Training.Worker.Trainers.Gbdt;

/// <summary>A fitted ensemble of trees, in process and as a TreeEnsembleRegressor of raw scores.</summary>
internal sealed class GbdtModel(EncodedFeature[] features, float[] baseScores, IReadOnlyList<Tree> trees, int iterations) : ITrainedModel
{
    public int OutputCount => baseScores.Length;

    /// <summary>Boosting iterations kept.</summary>
    public int Iterations { get; } = iterations;

    public IReadOnlyDictionary<string, string> Facts { get; } =
        new Dictionary<string, string>
        {
            ["iterations"] = iterations.ToString(CultureInfo.InvariantCulture),
            ["nodes"] = trees.Sum(tree => tree.Nodes.Count).ToString(CultureInfo.InvariantCulture),
        };

    public float[] Score(FeatureTable rows)
    {
        float[][] values = [.. features.Select(feature => feature.Values(rows))];
        var scores = new float[rows.RowCount * OutputCount];
        Parallel.For(
            0,
            rows.RowCount,
            row =>
            {
                Span<float> sums = scores.AsSpan(row * OutputCount, OutputCount);
                baseScores.CopyTo(sums);
                foreach (var tree in trees)
                {
                    sums[tree.Output] += tree.Find(values, row);
                }
            }
        );
        return scores;
    }

    public string Emit(OnnxGraph graph)
    {
        string[] columns =
        [
            .. features.Select(feature =>
                feature.Ranks is { } ranks
                    ? OnnxCategory.Values(graph, graph.Features[feature.Source], ranks)
                    : graph.Features[feature.Source].Name
            ),
        ];
        var input = graph.Node("Concat", columns, OnnxAttribute.Int("axis", 1));
        return graph.MlNode("TreeEnsembleRegressor", [input], [.. new TreeAttributes(trees).Build(OutputCount, baseScores)]);
    }
}
