namespace Slipway.Training.Worker.Trainers.Gbdt;

/// <summary>
/// The rows of a tree under construction, each node's rows side by side and in their original order, with their gradients beside them so
/// that histograms read along memory.
/// </summary>
internal sealed class RowPartition(int capacity)
{
    private const int RowsPerChunk = 16_384;
    private const int MaxChunks = 4;
    private readonly int[] _rows = new int[capacity];
    private readonly int[] _otherRows = new int[capacity];
    private readonly GradientPair[] _pairs = new GradientPair[capacity];
    private readonly GradientPair[] _otherPairs = new GradientPair[capacity];
    private readonly int[] _leftCounts = new int[MaxChunks];

    public int Count { get; private set; }

    public ReadOnlySpan<int> Rows(int begin, int end) => _rows.AsSpan(begin, end - begin);

    public ReadOnlySpan<GradientPair> Pairs(int begin, int end) => _pairs.AsSpan(begin, end - begin);

    /// <summary>Starts a tree with the sampled rows, or with all.</summary>
    public NodeSums Reset(GradientPair[] gradients, ReadOnlySpan<int> sample)
    {
        Count = sample.Length;
        double gradient = 0;
        double hessian = 0;
        for (var i = 0; i < sample.Length; i++)
        {
            var pair = gradients[sample[i]];
            _rows[i] = sample[i];
            _pairs[i] = pair;
            gradient += pair.Gradient;
            hessian += pair.Hessian;
        }
        return new NodeSums(gradient, hessian, sample.Length);
    }

    /// <summary>Moves a node's rows that go left before those that go right; returns where the right ones begin.</summary>
    public int Split(int begin, int end, byte[] bins, SplitCandidate split)
    {
        var goesLeft = new byte[256];
        goesLeft.AsSpan(1, split.Bin).Fill(1);
        goesLeft[FeatureBinner.MissingBin] = split.MissingLeft ? (byte)1 : (byte)0;
        var count = end - begin;
        var chunks = FixedChunks.Count(count, RowsPerChunk, MaxChunks);
        FixedChunks.Run(
            chunks,
            chunk =>
            {
                var (from, to) = FixedChunks.Range(chunk, chunks, count);
                _leftCounts[chunk] = SplitChunk(begin + from, begin + to, bins, goesLeft);
            }
        );
        var next = begin;
        for (var chunk = 0; chunk < chunks; chunk++)
        {
            var from = begin + FixedChunks.Range(chunk, chunks, count).Begin;
            var length = _leftCounts[chunk];
            if (next != from)
            {
                Array.Copy(_rows, from, _rows, next, length);
                Array.Copy(_pairs, from, _pairs, next, length);
            }
            next += length;
        }
        var middle = next;
        for (var chunk = 0; chunk < chunks; chunk++)
        {
            var (from, to) = FixedChunks.Range(chunk, chunks, count);
            var length = to - from - _leftCounts[chunk];
            Array.Copy(_otherRows, begin + from, _rows, next, length);
            Array.Copy(_otherPairs, begin + from, _pairs, next, length);
            next += length;
        }
        return middle;
    }

    // Writes every row to both sides and moves on only the side it belongs to: no jump to mispredict. The left side never overtakes the reader.
    private int SplitChunk(int begin, int end, byte[] bins, byte[] goesLeft)
    {
        var left = begin;
        var right = begin;
        var rows = _rows;
        var pairs = _pairs;
        var otherRows = _otherRows;
        var otherPairs = _otherPairs;
        for (var i = begin; i < end; i++)
        {
            var row = rows[i];
            var pair = pairs[i];
            int step = goesLeft[bins[row]];
            rows[left] = row;
            pairs[left] = pair;
            otherRows[right] = row;
            otherPairs[right] = pair;
            left += step;
            right += 1 - step;
        }
        return left - begin;
    }
}
