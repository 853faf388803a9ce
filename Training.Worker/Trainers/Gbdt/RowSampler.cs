namespace Slipway.Training.Worker.Trainers.Gbdt;

/// <summary>Draws the rows of each iteration, without repetition and in their order, from a seed.</summary>
internal sealed class RowSampler
{
    private readonly Random _random;
    private readonly int[] _rows;
    private readonly int[] _sample;

    public RowSampler(int rowCount, double share, int seed)
    {
        _random = new Random(seed);
        _rows = [.. Enumerable.Range(0, rowCount)];
        _sample = share < 1 ? new int[Math.Max(1, (int)(rowCount * share))] : _rows;
    }

    public ReadOnlySpan<int> Draw()
    {
        // Selection sampling (Knuth, The Art of Computer Programming, 3.4.2, algorithm S).
        for (int row = 0, taken = 0; _sample != _rows && taken < _sample.Length; row++)
        {
            if (_random.Next(_rows.Length - row) < _sample.Length - taken)
            {
                _sample[taken++] = row;
            }
        }
        return _sample;
    }
}
