using Slipway.Training.Worker.Data;
using Slipway.Training.Worker.Trainers;
using Slipway.Training.Worker.Trainers.Linear;

namespace Slipway.Training.Worker.Tests.Trainers.Linear;

public sealed class LinearTrainerTests
{
    [Fact]
    public void Train_LinearTarget_RecoversIt()
    {
        var random = new Random(1);
        float[][] x = [Draw(random, 500), Draw(random, 500), Draw(random, 500)];
        float[] y = [.. Enumerable.Range(0, 500).Select(i => 4 + (2 * x[0][i]) - (3 * x[1][i]))];

        var model = Train(NumericData.Regression(x, y), new LinearOptions { L2 = 0 });

        float[][] probes =
        [
            [0, 1, 0, 0],
            [0, 0, 1, 0],
            [0, 0, 0, 1],
        ];
        var scores = model.Score(NumericData.Table(probes));
        Assert.Equal([4f, 6f, 1f, 4f], scores.Select(score => MathF.Round(score, 3)));
    }

    [Fact]
    public void Train_Ridge_MatchesClosedFormOfOneColumn()
    {
        float[] x = [1, 2, 3, 4, 5];
        float[] y = [2, 1, 4, 3, 7];
        const double l2 = 3;

        var model = Train(NumericData.Regression([x], y), new LinearOptions { L2 = l2 });

        // Standardised x: weight = Σ z(y−ȳ) / (Σ z² + λ).
        var deviation = Math.Sqrt(2);
        double[] z = [.. x.Select(value => (value - 3) / deviation)];
        var weight = z.Select((value, i) => value * (y[i] - 3.4)).Sum() / (z.Sum(value => value * value) + l2);
        Assert.Equal([.. z.Select(value => (float)(3.4 + (weight * value)))], model.Score(NumericData.Table(x)), new Close(1e-5f));
    }

    [Fact]
    public void Train_MissingValues_LearnsTheirOwnLevel()
    {
        float[] x = [.. Enumerable.Range(0, 100).Select(i => i % 2 == 0 ? float.NaN : i)];
        float[] y = [.. x.Select(value => float.IsNaN(value) ? 1000 : value)];

        var model = Train(NumericData.Regression([x], y), new LinearOptions { L2 = 1e-6 });

        Assert.Equal([1000f, 51f], model.Score(NumericData.Table([float.NaN, 51])), new Close(0.01f));
    }

    [Fact]
    public void Train_DependentAndConstantColumns_PredictionsStaySound()
    {
        var random = new Random(2);
        var x = Draw(random, 200);
        float[] constant = [.. Enumerable.Repeat(1e7f, 200)];
        float[] y = [.. x.Select(value => (2 * value) + 1)];

        var model = Train(NumericData.Regression([x, x, constant], y), new LinearOptions { L2 = 0 });

        Assert.Equal(y, model.Score(NumericData.Table(x, x, constant)), new Close(1e-3f));
    }

    [Fact]
    public void Train_TwoGroupsWithoutPenalty_ProbabilitiesAreTheGroupsShares()
    {
        // 10 rows with x = 0, of which 3 are positive; 20 with x = 1, of which 15 are.
        float[] x = [.. Enumerable.Range(0, 30).Select(i => i < 10 ? 0f : 1f)];
        float[] y = [.. Enumerable.Range(0, 30).Select(i => i < 3 || i >= 15 ? 1f : 0f)];

        var model = Train(NumericData.Binary([x], y), new LinearOptions { L2 = 0, Tolerance = 1e-9 });

        var probabilities = model.Score(NumericData.Table([0, 1])).Select(score => (float)Link.Sigmoid(score));
        Assert.Equal([0.3f, 0.75f], probabilities, new Close(1e-4f));
    }

    [Fact]
    public void Train_ThreeClasses_ProbabilitiesAreTheGroupsShares()
    {
        var data = new MixedData("multiclass", 900, 3).Data;

        var observer = new RecordingObserver();
        var model = new LinearTrainer(new LinearOptions { L2 = 0.01 }).Train(data, observer, CancellationToken.None);

        // The intercepts are free, so the mean predicted probability of each class is its share of the training rows.
        var scores = model.Score(data.Train);
        var sums = new double[3];
        for (var row = 0; row < data.Train.RowCount; row++)
        {
            double[] ofRow = [scores[3 * row], scores[(3 * row) + 1], scores[(3 * row) + 2]];
            Link.Softmax(ofRow);
            for (var i = 0; i < 3; i++)
            {
                sums[i] += ofRow[i] / data.Train.RowCount;
            }
        }
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(data.TrainTarget.Count(value => value == i) / (double)data.Train.RowCount, sums[i], 3);
        }
        var losses = observer.Values("train_loss");
        Assert.True(losses[^1] < losses[0]);
    }

    [Theory]
    [InlineData("regression")]
    [InlineData("binary")]
    [InlineData("multiclass")]
    public void Train_Twice_SameScoresToTheBit(string task)
    {
        var data = new MixedData(task, 5_000, 4).Data;

        Assert.Equal(Train(data, new LinearOptions()).Score(data.Holdout), Train(data, new LinearOptions()).Score(data.Holdout));
    }

    [Fact]
    public void Train_TooManyColumns_RefusedWithTheRemedy()
    {
        string[] ids = [.. Enumerable.Range(0, 6_000).Select(i => $"id{i}")];
        var feature = new Feature("id", ColumnKind.Categorical, ids, false);
        var table = new FeatureTable([feature], [Enumerable.Range(0, 6_000).ToArray()], 6_000);
        var data = new TrainingData(
            TaskKind.Regression,
            null,
            table,
            new float[6_000],
            new FeatureTable([feature], [Array.Empty<int>()], 0),
            []
        );

        var refusal = Assert.Throws<TrainingDataException>(() => Train(data, new LinearOptions()));

        Assert.Equal("too_many_columns", refusal.Error.Code);
        Assert.Equal("max_categories", refusal.Error.Parameter);
    }

    [Fact]
    public void Train_MoreRowsThanFitInMemory_Refused()
    {
        var table = new FeatureTable([new Feature("x", ColumnKind.Numeric, [], false)], [new float[1]], 2_000_000_000);
        var data = new TrainingData(
            TaskKind.Regression,
            null,
            table,
            [],
            NumericData.Table([
                [],
            ]),
            []
        );

        Assert.Equal("too_many_rows", Assert.Throws<TrainingDataException>(() => Train(data, new LinearOptions())).Error.Code);
    }

    private static ITrainedModel Train(TrainingData data, LinearOptions options) =>
        new LinearTrainer(options).Train(data, new RecordingObserver(), CancellationToken.None);

    private static float[] Draw(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (float)random.NextDouble())];
}
