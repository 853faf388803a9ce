namespace Slipway.Training.Worker.Trainers;

/// <summary>
/// The rows of one part of the data (training or holdout) as the trainers read them: for each feature an array of floats (NaN missing) or of
/// category codes (−1 missing or unknown).
/// </summary>
internal sealed class FeatureTable(IReadOnlyList<Feature> features, Array[] values, int rowCount)
{
    public IReadOnlyList<Feature> Features { get; } = features;

    public int RowCount { get; } = rowCount;

    public float[] Numbers(int feature) => (float[])values[feature];

    public int[] Codes(int feature) => (int[])values[feature];

    /// <summary>Some of the rows, in the order given.</summary>
    public FeatureTable Select(int[] rows) =>
        new(
            Features,
            [
                .. values.Select(
                    Array (column) =>
                        column is float[] numbers
                            ? Array.ConvertAll(rows, row => numbers[row])
                            : Array.ConvertAll(rows, row => ((int[])column)[row])
                ),
            ],
            rows.Length
        );
}
