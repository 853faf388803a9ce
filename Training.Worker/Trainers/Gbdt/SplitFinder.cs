namespace Slipway.Training.Worker.Trainers.Gbdt;

/// <summary>Finds the best division of a node by one feature from its histogram: each threshold, with missing values on either side.</summary>
internal sealed class SplitFinder(GbdtOptions options)
{
    // A leaf whose hessian is nearly zero would take an unbounded value where lambda is 0.
    private const double MinHessian = 1e-3;

    public SplitCandidate Find(int feature, int binCount, ReadOnlySpan<double> cells, NodeSums node)
    {
        var missing = Cell(cells, FeatureBinner.MissingBin);
        var hasMissing = missing.Count > 0.5;
        var parent = node.Score(options.Lambda);
        var best = SplitCandidate.None;
        var bestGain = parent + Math.Max(options.MinGain, 1e-9 * Math.Abs(parent)) + 1e-12;
        var left = default(NodeSums);
        // The last bin as threshold puts all values left: a division only where there are missing ones.
        var lastBin = hasMissing ? binCount : binCount - 1;
        for (var bin = 1; bin <= lastBin; bin++)
        {
            var cell = Cell(cells, bin);
            if (cell.Count < 0.5)
            {
                continue;
            }
            left += cell;
            if (left.Count + missing.Count < options.MinChildRows)
            {
                continue;
            }
            var right = node - left;
            if (right.Count < options.MinChildRows)
            {
                break;
            }
            Consider(left, right, !hasMissing && left.Count >= right.Count);
            if (hasMissing && bin < binCount)
            {
                Consider(left + missing, right - missing, true);
            }

            void Consider(NodeSums leftSums, NodeSums rightSums, bool missingLeft)
            {
                if (
                    leftSums.Count < options.MinChildRows
                    || rightSums.Count < options.MinChildRows
                    || leftSums.Hessian < MinHessian
                    || rightSums.Hessian < MinHessian
                )
                {
                    return;
                }
                var gain = leftSums.Score(options.Lambda) + rightSums.Score(options.Lambda);
                if (gain > bestGain)
                {
                    bestGain = gain;
                    best = new SplitCandidate(feature, bin, missingLeft, gain - parent, leftSums);
                }
            }
        }
        return best;
    }

    private static NodeSums Cell(ReadOnlySpan<double> cells, int bin)
    {
        var cell = cells.Slice(bin * Histogram.CellSize, Histogram.CellSize);
        return new NodeSums(cell[0], cell[1], cell[2]);
    }
}
