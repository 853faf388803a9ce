using Slipway.Inference.Engine.Onnx;
using static Slipway.Training.Worker.Export.OnnxAttribute;

namespace Slipway.Training.Worker.Trainers.Gbdt;

/// <summary>Lays trees out as the attributes of ONNX's TreeEnsembleRegressor (ai.onnx.ml, version 3).</summary>
internal sealed class TreeAttributes(IReadOnlyList<Tree> trees)
{
    private readonly List<long> _treeIds = [];
    private readonly List<long> _nodeIds = [];
    private readonly List<long> _featureIds = [];
    private readonly List<float> _thresholds = [];
    private readonly List<string> _modes = [];
    private readonly List<long> _left = [];
    private readonly List<long> _right = [];
    private readonly List<long> _missingLeft = [];
    private readonly List<long> _leafTrees = [];
    private readonly List<long> _leafNodes = [];
    private readonly List<long> _leafOutputs = [];
    private readonly List<float> _leafValues = [];

    public IEnumerable<AttributeProto> Build(int outputCount, float[] baseScores)
    {
        for (var tree = 0; tree < trees.Count; tree++)
        {
            for (var node = 0; node < trees[tree].Nodes.Count; node++)
            {
                Add(tree, node, trees[tree].Nodes[node], trees[tree].Output);
            }
        }
        return
        [
            Int("n_targets", outputCount),
            Text("aggregate_function", "SUM"),
            Text("post_transform", "NONE"),
            Floats("base_values", baseScores),
            Ints("nodes_treeids", _treeIds),
            Ints("nodes_nodeids", _nodeIds),
            Ints("nodes_featureids", _featureIds),
            Floats("nodes_values", _thresholds),
            Texts("nodes_modes", _modes),
            Ints("nodes_truenodeids", _left),
            Ints("nodes_falsenodeids", _right),
            Ints("nodes_missing_value_tracks_true", _missingLeft),
            Ints("target_treeids", _leafTrees),
            Ints("target_nodeids", _leafNodes),
            Ints("target_ids", _leafOutputs),
            Floats("target_weights", _leafValues),
        ];
    }

    private void Add(int treeId, int nodeId, Tree.Node node, int output)
    {
        var isLeaf = node.Feature < 0;
        _treeIds.Add(treeId);
        _nodeIds.Add(nodeId);
        _featureIds.Add(isLeaf ? 0 : node.Feature);
        _thresholds.Add(node.Threshold);
        _modes.Add(isLeaf ? "LEAF" : "BRANCH_LEQ");
        _left.Add(isLeaf ? 0 : node.Left);
        _right.Add(isLeaf ? 0 : node.Right);
        _missingLeft.Add(node.MissingLeft ? 1 : 0);
        if (isLeaf)
        {
            _leafTrees.Add(treeId);
            _leafNodes.Add(nodeId);
            _leafOutputs.Add(output);
            _leafValues.Add(node.Value);
        }
    }
}
