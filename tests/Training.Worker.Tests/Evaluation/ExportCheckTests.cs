using Slipway.Training.Worker.Evaluation;
using Slipway.Training.Worker.Trainers;

namespace Slipway.Training.Worker.Tests.Evaluation;

public sealed class ExportCheckTests
{
    [Fact]
    public void Compare_RoundingAlone_Passes() => ExportCheck.Compare([1, 1000], [1.0001f, 1000.2f], null);

    [Theory]
    [InlineData(1.01f)]
    [InlineData(float.NaN)]
    public void Compare_OtherPrediction_Throws(float predicted) =>
        Assert.Throws<InvalidOperationException>(() => ExportCheck.Compare([1], [predicted], null));

    [Fact]
    public void Compare_Classes_ScoresBecomeProbabilities()
    {
        var classes = ClassLabels.Create(["a", "b"], out _);

        ExportCheck.Compare([0, 100], [0.5f, 0.5f, 0, 1], classes);
        Assert.Throws<InvalidOperationException>(() => ExportCheck.Compare([0], [0.6f, 0.4f], classes));
    }
}
