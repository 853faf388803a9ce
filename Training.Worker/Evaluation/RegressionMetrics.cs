namespace Slipway.Training.Worker.Evaluation;

/// <summary>Mean absolute error, root mean squared error and coefficient of determination.</summary>
internal static class RegressionMetrics
{
    public static IReadOnlyDictionary<string, double> Compute(ReadOnlySpan<float> actual, ReadOnlySpan<float> predicted)
    {
        double absolute = 0;
        double squared = 0;
        double sum = 0;
        for (var i = 0; i < actual.Length; i++)
        {
            var error = (double)predicted[i] - actual[i];
            absolute += Math.Abs(error);
            squared += error * error;
            sum += actual[i];
        }
        var mean = sum / actual.Length;
        double variation = 0;
        foreach (var value in actual)
        {
            variation += (value - mean) * (value - mean);
        }
        var metrics = new Dictionary<string, double> { ["mae"] = absolute / actual.Length, ["rmse"] = Math.Sqrt(squared / actual.Length) };
        // Against a constant there is nothing to explain, and r2 is not defined.
        if (variation > 0)
        {
            metrics["r2"] = 1 - (squared / variation);
        }
        return metrics;
    }
}
