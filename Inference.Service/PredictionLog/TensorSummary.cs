using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Service.PredictionLog;

/// <summary>Mean, extremes and population standard deviation of a stretch of a tensor; NaN where it has no finite element.</summary>
internal readonly record struct TensorSummary(double Mean, double Min, double Max, double StandardDeviation)
{
    /// <summary>Summarises elements <paramref name="first"/> to <paramref name="first"/> + <paramref name="count"/>; NaN and infinities are left out.</summary>
    public static TensorSummary Of(Tensor tensor, int first, int count)
    {
        // Welford's update: one pass, no cancellation.
        double mean = 0;
        double squares = 0;
        var min = double.PositiveInfinity;
        var max = double.NegativeInfinity;
        long seen = 0;
        for (var i = first; i < first + count; i++)
        {
            var value = TensorNumbers.Read(tensor, i);
            if (!double.IsFinite(value))
            {
                continue;
            }
            seen++;
            var delta = value - mean;
            mean += delta / seen;
            squares += delta * (value - mean);
            min = Math.Min(min, value);
            max = Math.Max(max, value);
        }
        return seen == 0
            ? new TensorSummary(double.NaN, double.NaN, double.NaN, double.NaN)
            : new TensorSummary(mean, min, max, Math.Sqrt(squares / seen));
    }
}
