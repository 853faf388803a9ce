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
}
