namespace Slipway.Training.Worker.Trainers.Gbdt;

/// <summary>The training rows as bins, one byte array a feature, with the edges that made them.</summary>
internal sealed class BinnedTable
{
    private BinnedTable(int rowCount, byte[][] bins, float[][] edges)
    {
        RowCount = rowCount;
        Bins = bins;
        Edges = edges;
    }

    public int RowCount { get; }

    public byte[][] Bins { get; }

    public float[][] Edges { get; }

    public static BinnedTable Fit(FeatureTable table, EncodedFeature[] features, int maxBins, CancellationToken cancellationToken)
    {
        var bins = new byte[features.Length][];
        var edges = new float[features.Length][];
        Parallel.For(
            0,
            features.Length,
            new ParallelOptions { CancellationToken = cancellationToken },
            i =>
            {
                var values = features[i].Values(table);
                edges[i] = FeatureBinner.FitEdges(values, maxBins);
                bins[i] = FeatureBinner.Encode(values, edges[i]);
            }
        );
        return new BinnedTable(table.RowCount, bins, edges);
    }

    /// <summary>Other rows in the same bins.</summary>
    public BinnedTable Apply(FeatureTable table, EncodedFeature[] features)
    {
        var bins = new byte[features.Length][];
        Parallel.For(0, features.Length, i => bins[i] = FeatureBinner.Encode(features[i].Values(table), Edges[i]));
        return new BinnedTable(table.RowCount, bins, Edges);
    }
}
