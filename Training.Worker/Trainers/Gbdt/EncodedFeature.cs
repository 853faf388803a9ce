using Slipway.Training.Worker.Data;

namespace Slipway.Training.Worker.Trainers.Gbdt;

/// <summary>
/// A number that trees split on: a numeric feature as it is, or a text feature's category as its rank by the target. With three or more
/// classes a text feature is ranked once for each class, and <see cref="Output"/> names the class whose trees use it (−1 for all).
/// </summary>
internal sealed record EncodedFeature(int Source, int Output, float[]? Ranks)
{
    private const double PriorRows = 10;

    public static EncodedFeature[] Fit(TrainingData data)
    {
        var encoded = new List<EncodedFeature>();
        for (var i = 0; i < data.Train.Features.Count; i++)
        {
            if (data.Train.Features[i].Kind == ColumnKind.Numeric)
            {
                encoded.Add(new EncodedFeature(i, -1, null));
                continue;
            }
            for (var output = 0; output < data.OutputCount; output++)
            {
                var actual = data.OutputCount == 1 ? null : (float?)output;
                encoded.Add(new EncodedFeature(i, data.OutputCount == 1 ? -1 : output, Rank(data, i, actual)));
            }
        }
        return [.. encoded];
    }

    public bool IsUsedBy(int output) => Output < 0 || Output == output;

    public float[] Values(FeatureTable table)
    {
        if (Ranks is null)
        {
            return table.Numbers(Source);
        }
        var codes = table.Codes(Source);
        var values = new float[codes.Length];
        for (var row = 0; row < codes.Length; row++)
        {
            values[row] = codes[row] < 0 ? float.NaN : Ranks[codes[row]];
        }
        return values;
    }

    // Categories in the order of their mean target: among all two-way divisions the best for squared loss is then a threshold (Fisher, 1958).
    // The mean is drawn towards that of all rows, so that a category seen once does not stand at an end.
    private static float[] Rank(TrainingData data, int feature, float? actual)
    {
        var sums = new double[data.Train.Features[feature].Categories.Length];
        var counts = new long[sums.Length];
        var codes = data.Train.Codes(feature);
        double total = 0;
        for (var row = 0; row < codes.Length; row++)
        {
            var value = actual is { } wanted ? (data.TrainTarget[row] == wanted ? 1.0 : 0.0) : data.TrainTarget[row];
            total += value;
            if (codes[row] >= 0)
            {
                sums[codes[row]] += value;
                counts[codes[row]]++;
            }
        }
        var prior = total / codes.Length;
        var ranks = new float[sums.Length];
        var order = Enumerable.Range(0, sums.Length).OrderBy(code => (sums[code] + (PriorRows * prior)) / (counts[code] + PriorRows));
        var next = 0;
        foreach (var code in order)
        {
            ranks[code] = next++;
        }
        return ranks;
    }
}
