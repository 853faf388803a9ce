namespace Slipway.Training.Worker.Trainers.Gbdt;

/// <summary>A finished regression tree in parallel arrays; node 0 is the root, a negative feature marks a leaf.</summary>
internal sealed class Tree(int output)
{
    private readonly List<Node> _nodes = [];

    /// <summary>The score this tree adds to.</summary>
    public int Output { get; } = output;

    public IReadOnlyList<Node> Nodes => _nodes;

    public int AddLeaf(float value)
    {
        _nodes.Add(new Node(-1, 0, 0, false, -1, -1, value));
        return _nodes.Count - 1;
    }

    /// <summary>Turns a leaf into a branch with two new leaves, whose values are set when growth ends.</summary>
    public (int Left, int Right) Split(int node, SplitCandidate split, float threshold)
    {
        var left = AddLeaf(0);
        var right = AddLeaf(0);
        _nodes[node] = new Node(split.Feature, (byte)split.Bin, threshold, split.MissingLeft, left, right, 0);
        return (left, right);
    }

    public void SetValue(int leaf, float value) => _nodes[leaf] = _nodes[leaf] with { Value = value };

    /// <summary>The value for a row of bins, as in training.</summary>
    public float Find(byte[][] bins, int row)
    {
        var at = 0;
        while (true)
        {
            var node = _nodes[at];
            if (node.Feature < 0)
            {
                return node.Value;
            }
            var bin = bins[node.Feature][row];
            at = (bin == FeatureBinner.MissingBin ? node.MissingLeft : bin <= node.Bin) ? node.Left : node.Right;
        }
    }

    /// <summary>The value for a row of numbers, as in the exported graph.</summary>
    public float Find(float[][] values, int row)
    {
        var at = 0;
        while (true)
        {
            var node = _nodes[at];
            if (node.Feature < 0)
            {
                return node.Value;
            }
            var value = values[node.Feature][row];
            at = (float.IsNaN(value) ? node.MissingLeft : value <= node.Threshold) ? node.Left : node.Right;
        }
    }

    /// <summary>A branch or a leaf.</summary>
    internal readonly record struct Node(int Feature, byte Bin, float Threshold, bool MissingLeft, int Left, int Right, float Value);
}
