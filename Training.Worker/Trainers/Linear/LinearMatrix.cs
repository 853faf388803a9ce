namespace Slipway.Training.Worker.Trainers.Linear;

/// <summary>
/// The rows of a linear model: dense columns row by row, and for each categorical feature the one column that is 1. The intercept's column
/// of ones is not stored.
/// </summary>
internal sealed class LinearMatrix(int rowCount, int denseWidth, int categoricalCount, double[] dense, int[] columns)
{
    public int RowCount { get; } = rowCount;

    public ReadOnlySpan<double> Dense(int row) => dense.AsSpan(row * denseWidth, denseWidth);

    public ReadOnlySpan<int> Columns(int row) => columns.AsSpan(row * categoricalCount, categoricalCount);

    /// <summary>The row times a weight vector whose last entry is the intercept.</summary>
    public double Dot(int row, ReadOnlySpan<double> weights)
    {
        var sum = weights[^1] + VectorMath.Dot(Dense(row), weights);
        foreach (var column in Columns(row))
        {
            sum += weights[column];
        }
        return sum;
    }

    /// <summary>Adds the row times a factor to a vector of the same layout.</summary>
    public void AddTo(int row, double factor, Span<double> target)
    {
        VectorMath.AddScaled(Dense(row), factor, target);
        foreach (var column in Columns(row))
        {
            target[column] += factor;
        }
        target[^1] += factor;
    }
}
