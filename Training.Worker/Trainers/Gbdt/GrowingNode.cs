namespace Slipway.Training.Worker.Trainers.Gbdt;

/// <summary>A leaf of a tree under construction: its range of rows, their sums and the best way to split it.</summary>
internal sealed class GrowingNode(int treeNode, int begin, int end, int depth, NodeSums sums)
{
    public int TreeNode { get; } = treeNode;

    public int Begin { get; } = begin;

    public int End { get; } = end;

    public int Count => End - Begin;

    public int Depth { get; } = depth;

    public NodeSums Sums { get; } = sums;

    public SplitCandidate Best { get; set; } = SplitCandidate.None;

    /// <summary>Held only while the node may still be split.</summary>
    public Histogram? Histogram { get; set; }
}
