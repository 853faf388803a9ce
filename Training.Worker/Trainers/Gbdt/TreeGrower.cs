namespace Slipway.Training.Worker.Trainers.Gbdt;

/// <summary>
/// Grows one tree at a time, best node first. After a split only the smaller child's histogram is built; the other is the parent's minus
/// it. The features are shared out over the cores, and their results are compared in feature order, so the tree does not depend on timing.
/// </summary>
internal sealed class TreeGrower
{
    private const int MinParallelWork = 8_192;
    private readonly BinnedTable _table;
    private readonly EncodedFeature[] _features;
    private readonly GbdtOptions _options;
    private readonly RowPartition _rows;
    private readonly SplitFinder _finder;
    private readonly Stack<Histogram> _free = [];
    private readonly List<GrowingNode> _leaves = [];
    private readonly SplitCandidate[] _smallBest;
    private readonly SplitCandidate[] _largeBest;
    private int[] _used = [];

    public TreeGrower(BinnedTable table, EncodedFeature[] features, GbdtOptions options)
    {
        _table = table;
        _features = features;
        _options = options;
        _rows = new RowPartition(table.RowCount);
        _finder = new SplitFinder(options);
        _smallBest = new SplitCandidate[features.Length];
        _largeBest = new SplitCandidate[features.Length];
    }

    public Tree Grow(GradientPair[] gradients, ReadOnlySpan<int> sample, int output, CancellationToken cancellationToken)
    {
        _used = [.. Enumerable.Range(0, _features.Length).Where(i => _features[i].IsUsedBy(output))];
        _leaves.Clear();
        var tree = new Tree(output);
        var root = new GrowingNode(tree.AddLeaf(0), 0, sample.Length, 0, _rows.Reset(gradients, sample));
        _leaves.Add(root);
        if (CanSplit(root))
        {
            root.Histogram = Rent();
            Evaluate(root, null);
        }
        while (_leaves.Count < _options.MaxLeaves && Best() is { } node)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Split(tree, node);
        }
        foreach (var leaf in _leaves)
        {
            Return(leaf);
            tree.SetValue(leaf.TreeNode, Value(leaf.Sums));
        }
        return tree;
    }

    /// <summary>Adds the last tree's leaf values to the scores of the rows it was grown on.</summary>
    public void AddTo(Tree tree, float[] scores)
    {
        foreach (var leaf in _leaves)
        {
            var value = tree.Nodes[leaf.TreeNode].Value;
            foreach (var row in _rows.Rows(leaf.Begin, leaf.End))
            {
                scores[row] += value;
            }
        }
    }

    private float Value(NodeSums sums) => (float)(-_options.LearningRate * sums.Gradient / (sums.Hessian + _options.Lambda + 1e-12));

    private bool CanSplit(GrowingNode node) => node.Depth < _options.MaxDepth && node.Count >= 2 * _options.MinChildRows;

    private GrowingNode? Best()
    {
        GrowingNode? best = null;
        foreach (var leaf in _leaves)
        {
            if (leaf.Best.Exists && (best is null || leaf.Best.Gain > best.Best.Gain))
            {
                best = leaf;
            }
        }
        return best;
    }

    private void Split(Tree tree, GrowingNode node)
    {
        var split = node.Best;
        var edges = _table.Edges[split.Feature];
        // Every value lies below the last bin's end; only missing ones go right.
        var threshold = split.Bin <= edges.Length ? edges[split.Bin - 1] : float.MaxValue;
        var (leftNode, rightNode) = tree.Split(node.TreeNode, split, threshold);
        var middle = _rows.Split(node.Begin, node.End, _table.Bins[split.Feature], split);
        var left = new GrowingNode(leftNode, node.Begin, middle, node.Depth + 1, split.Left);
        var right = new GrowingNode(rightNode, middle, node.End, node.Depth + 1, node.Sums - split.Left);
        _leaves[_leaves.IndexOf(node)] = left;
        _leaves.Add(right);
        if (_leaves.Count == _options.MaxLeaves)
        {
            Return(node);
            return;
        }
        var (small, large) = left.Count <= right.Count ? (left, right) : (right, left);
        var (splitSmall, splitLarge) = (CanSplit(small), CanSplit(large));
        if (splitLarge)
        {
            (large.Histogram, node.Histogram) = (node.Histogram, null);
        }
        Return(node);
        if (splitSmall || splitLarge)
        {
            small.Histogram = Rent();
            Evaluate(small, splitLarge ? large : null);
        }
        if (!splitSmall)
        {
            small.Best = SplitCandidate.None;
            Return(small);
        }
    }

    // Builds the small node's histogram, leaves the rest in the large one's, and finds the best split of both.
    private void Evaluate(GrowingNode small, GrowingNode? large)
    {
        var pairs = (_used.Length + 1) / 2;
        if ((long)small.Count * _used.Length < MinParallelWork && large is null)
        {
            for (var pair = 0; pair < pairs; pair++)
            {
                EvaluatePair(pair, small, large);
            }
        }
        else
        {
            Parallel.For(0, pairs, pair => EvaluatePair(pair, small, large));
        }
        small.Best = BestOf(_smallBest);
        if (large is not null)
        {
            large.Best = BestOf(_largeBest);
        }
    }

    private void EvaluatePair(int pair, GrowingNode small, GrowingNode? large)
    {
        var first = _used[2 * pair];
        var second = (2 * pair) + 1 < _used.Length ? _used[(2 * pair) + 1] : -1;
        var rows = _rows.Rows(small.Begin, small.End);
        var gradients = _rows.Pairs(small.Begin, small.End);
        var histogram = small.Histogram!;
        if (second < 0)
        {
            histogram.Build(first, _table.Bins[first], rows, gradients);
            Find(first, small, large);
            return;
        }
        histogram.BuildTwo(first, _table.Bins[first], second, _table.Bins[second], rows, gradients);
        Find(first, small, large);
        Find(second, small, large);
    }

    private void Find(int feature, GrowingNode small, GrowingNode? large)
    {
        var binCount = _table.Edges[feature].Length + 1;
        _smallBest[feature] = _finder.Find(feature, binCount, small.Histogram!.Feature(feature), small.Sums);
        if (large is not null)
        {
            large.Histogram!.Subtract(feature, small.Histogram);
            _largeBest[feature] = _finder.Find(feature, binCount, large.Histogram.Feature(feature), large.Sums);
        }
    }

    private SplitCandidate BestOf(SplitCandidate[] candidates)
    {
        var best = SplitCandidate.None;
        foreach (var feature in _used)
        {
            if (candidates[feature].Exists && candidates[feature].Gain > best.Gain)
            {
                best = candidates[feature];
            }
        }
        return best;
    }

    private Histogram Rent() => _free.TryPop(out var histogram) ? histogram : new Histogram(_features.Length);

    private void Return(GrowingNode node)
    {
        if (node.Histogram is { } histogram)
        {
            _free.Push(histogram);
            node.Histogram = null;
        }
    }
}
