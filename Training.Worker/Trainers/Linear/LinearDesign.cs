using Slipway.Training.Worker.Data;

namespace Slipway.Training.Worker.Trainers.Linear;

/// <summary>
/// How features become the columns of a linear model: standardised numbers (the mean where missing), an indicator for each number that is
/// sometimes missing, one column for each category and one for missing or unknown, and the intercept last.
/// </summary>
internal sealed class LinearDesign
{
    private LinearDesign(IReadOnlyList<Feature> features)
    {
        Numeric = [.. Enumerable.Range(0, features.Count).Where(i => features[i].Kind == ColumnKind.Numeric)];
        Categorical = [.. Enumerable.Range(0, features.Count).Where(i => features[i].Kind == ColumnKind.Categorical)];
        Indicators = [.. Enumerable.Range(0, Numeric.Length).Where(i => features[Numeric[i]].HadMissing)];
        DenseWidth = Numeric.Length + Indicators.Length;
        Offsets = new int[Categorical.Length];
        var next = DenseWidth;
        for (var i = 0; i < Categorical.Length; i++)
        {
            Offsets[i] = next;
            next += features[Categorical[i]].Categories.Length + 1;
        }
        Width = next + 1;
        Means = new float[Numeric.Length];
        Scales = new float[Numeric.Length];
    }

    /// <summary>Indexes of the numeric features.</summary>
    public int[] Numeric { get; }

    /// <summary>Indexes of the categorical features.</summary>
    public int[] Categorical { get; }

    /// <summary>Positions in <see cref="Numeric"/> that have an indicator of missing values.</summary>
    public int[] Indicators { get; }

    public int DenseWidth { get; }

    /// <summary>First column of each categorical feature; its last column means missing or unknown.</summary>
    public int[] Offsets { get; }

    /// <summary>Columns, the intercept among them.</summary>
    public int Width { get; }

    public float[] Means { get; }

    /// <summary>One over the standard deviation; 0 for a column that does not vary, which takes it out of the model.</summary>
    public float[] Scales { get; }

    public static LinearDesign Fit(FeatureTable table)
    {
        var design = new LinearDesign(table.Features);
        for (var i = 0; i < design.Numeric.Length; i++)
        {
            var (mean, deviation) = Moments(table.Numbers(design.Numeric[i]));
            design.Means[i] = (float)mean;
            // Below a millionth of the mean, what looks like variance is the rounding of 32-bit floats.
            design.Scales[i] = deviation > 1e-6 * Math.Abs(mean) && deviation > 0 ? (float)(1 / deviation) : 0;
        }
        return design;
    }

    public LinearMatrix Transform(FeatureTable table)
    {
        var rows = table.RowCount;
        var dense = new double[(long)rows * DenseWidth];
        for (var i = 0; i < Numeric.Length; i++)
        {
            var values = table.Numbers(Numeric[i]);
            for (var row = 0; row < rows; row++)
            {
                dense[((long)row * DenseWidth) + i] = Standardise(values[row], i);
            }
        }
        for (var i = 0; i < Indicators.Length; i++)
        {
            var values = table.Numbers(Numeric[Indicators[i]]);
            for (var row = 0; row < rows; row++)
            {
                dense[((long)row * DenseWidth) + Numeric.Length + i] = float.IsNaN(values[row]) ? 1 : 0;
            }
        }
        var columns = new int[(long)rows * Categorical.Length];
        for (var i = 0; i < Categorical.Length; i++)
        {
            var codes = table.Codes(Categorical[i]);
            var unknown = table.Features[Categorical[i]].Categories.Length;
            for (var row = 0; row < rows; row++)
            {
                columns[((long)row * Categorical.Length) + i] = Offsets[i] + (codes[row] < 0 ? unknown : codes[row]);
            }
        }
        return new LinearMatrix(rows, DenseWidth, Categorical.Length, dense, columns);
    }

    // In 32-bit floats, as the exported graph computes it.
    private float Standardise(float value, int i) => float.IsNaN(value) ? 0 : (value - Means[i]) * Scales[i];

    private static (double Mean, double Deviation) Moments(float[] values)
    {
        double sum = 0;
        long count = 0;
        foreach (var value in values)
        {
            if (!float.IsNaN(value))
            {
                sum += value;
                count++;
            }
        }
        if (count == 0)
        {
            return (0, 0);
        }
        var mean = sum / count;
        double squares = 0;
        foreach (var value in values)
        {
            if (!float.IsNaN(value))
            {
                squares += (value - mean) * (value - mean);
            }
        }
        return (mean, Math.Sqrt(squares / count));
    }
}
