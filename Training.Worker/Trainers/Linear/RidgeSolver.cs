namespace Slipway.Training.Worker.Trainers.Linear;

/// <summary>Ridge regression by the normal equations (XᵀX + λI)w = Xᵀy and a Cholesky factorisation; the intercept is not penalised.</summary>
internal static class RidgeSolver
{
    public static double[] Solve(LinearMatrix matrix, float[] target, int width, double l2, CancellationToken cancellationToken)
    {
        var offset = Mean(target);
        var (gram, moments) = Accumulate(matrix, target, offset, width, cancellationToken);
        // A column that is a sum of others would leave the system singular; this much cannot be seen in a prediction.
        var ridge = Math.Max(l2, 1e-9 * matrix.RowCount);
        for (var i = 0; i < width - 1; i++)
        {
            gram[i][i] += ridge;
        }
        gram[width - 1][width - 1] += 1e-9 * matrix.RowCount;
        Factorise(gram, cancellationToken);
        var weights = Substitute(gram, moments);
        weights[^1] += offset;
        return weights;
    }

    private static double Mean(float[] values)
    {
        double sum = 0;
        foreach (var value in values)
        {
            sum += value;
        }
        return sum / values.Length;
    }

    // Lower triangles only, one array a row, so that the factorisation reads along memory.
    private static (double[][] Gram, double[] Moments) Accumulate(
        LinearMatrix matrix,
        float[] target,
        double offset,
        int width,
        CancellationToken cancellationToken
    )
    {
        var chunks = FixedChunks.Count(matrix.RowCount, 2_000, width <= 256 ? 16 : 2);
        var grams = new double[chunks][][];
        var moments = new double[chunks][];
        FixedChunks.Run(
            chunks,
            chunk =>
            {
                var gram = grams[chunk] = Triangle(width);
                var moment = moments[chunk] = new double[width];
                var (begin, end) = FixedChunks.Range(chunk, chunks, matrix.RowCount);
                for (var row = begin; row < end; row++)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    AddRow(matrix, row, gram);
                    matrix.AddTo(row, target[row] - offset, moment);
                }
            }
        );
        for (var chunk = 1; chunk < chunks; chunk++)
        {
            VectorMath.AddScaled(moments[chunk], 1, moments[0]);
            for (var i = 0; i < width; i++)
            {
                VectorMath.AddScaled(grams[chunk][i], 1, grams[0][i]);
            }
        }
        return (grams[0], moments[0]);
    }

    private static double[][] Triangle(int width)
    {
        var rows = new double[width][];
        for (var i = 0; i < width; i++)
        {
            rows[i] = new double[i + 1];
        }
        return rows;
    }

    private static void AddRow(LinearMatrix matrix, int row, double[][] gram)
    {
        var dense = matrix.Dense(row);
        var columns = matrix.Columns(row);
        for (var i = 0; i < dense.Length; i++)
        {
            VectorMath.AddScaled(dense[..(i + 1)], dense[i], gram[i]);
        }
        // Columns rise from feature to feature, so the pairs below are all in the lower triangle.
        for (var i = 0; i < columns.Length; i++)
        {
            var line = gram[columns[i]];
            VectorMath.AddScaled(dense, 1, line);
            for (var j = 0; j <= i; j++)
            {
                line[columns[j]] += 1;
            }
        }
        matrix.AddTo(row, 1, gram[^1]);
    }

    private static void Factorise(double[][] lower, CancellationToken cancellationToken)
    {
        for (var i = 0; i < lower.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var line = lower[i];
            for (var j = 0; j < i; j++)
            {
                line[j] = (line[j] - VectorMath.Dot(lower[j].AsSpan(0, j), line)) / lower[j][j];
            }
            var head = line.AsSpan(0, i);
            var pivot = line[i] - VectorMath.Dot(head, head);
            // Rounding can take the pivot of a dependent column below zero; a huge one leaves that column out.
            line[i] = pivot > 1e-12 ? Math.Sqrt(pivot) : 1e20;
        }
    }

    private static double[] Substitute(double[][] lower, double[] right)
    {
        var solution = new double[right.Length];
        for (var i = 0; i < right.Length; i++)
        {
            solution[i] = (right[i] - VectorMath.Dot(lower[i].AsSpan(0, i), solution)) / lower[i][i];
        }
        for (var i = right.Length - 1; i >= 0; i--)
        {
            solution[i] /= lower[i][i];
            VectorMath.AddScaled(lower[i].AsSpan(0, i), -solution[i], solution);
        }
        return solution;
    }
}
