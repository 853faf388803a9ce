using Slipway.Monitoring.Worker.Windows;

namespace Slipway.Monitoring.Worker.Tests.Windows;

public sealed class AccuracyAccumulatorTests
{
    [Theory]
    [InlineData(1.0, null, 1.0, null, 1, 1)]
    [InlineData(1.0, "1", 1.0, null, 1, 1)]
    [InlineData(1.0, "yes", null, "yes", 0, 1)]
    [InlineData(1.0, "yes", null, "no", 0, 0)]
    [InlineData(null, "1", 1.0, null, 0, 1)]
    [InlineData(1.0, null, null, "1", 0, 1)]
    [InlineData(2.5, null, null, "2.5", 0, 1)]
    [InlineData(null, "cat", 1.0, null, 0, 0)]
    public void Add_ValueOrLabelOnEitherSide_Compares(
        double? value,
        string? label,
        double? outcome,
        string? outcomeLabel,
        int measured,
        double correct
    )
    {
        var accuracy = new AccuracyAccumulator();
        accuracy.Add(value, label, outcome, outcomeLabel);
        Assert.Equal(measured, accuracy.Count(classification: false));
        Assert.Equal(1, accuracy.Count(classification: true));
        Assert.Equal(correct, accuracy.Metrics(classification: true)["accuracy"]);
    }

    [Fact]
    public void Metrics_Regression_AreThoseOfTheErrors()
    {
        var accuracy = new AccuracyAccumulator();
        accuracy.Add(3, null, 1, null);
        accuracy.Add(1, null, 5, null);
        var metrics = accuracy.Metrics(classification: false);
        Assert.Equal(3, metrics["mae"]);
        Assert.Equal(Math.Sqrt(10), metrics["rmse"]);
        Assert.Equal(-1, metrics["mean_error"]);
    }

    [Fact]
    public void Metrics_PredictionWithoutAnything_CountsNowhere()
    {
        var accuracy = new AccuracyAccumulator();
        accuracy.Add(null, null, 1, null);
        Assert.Empty(accuracy.Metrics(classification: false));
        Assert.Empty(accuracy.Metrics(classification: true));
    }
}
