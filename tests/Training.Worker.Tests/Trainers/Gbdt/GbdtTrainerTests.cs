using Slipway.Training.Worker.Data;
using Slipway.Training.Worker.Trainers;
using Slipway.Training.Worker.Trainers.Gbdt;

namespace Slipway.Training.Worker.Tests.Trainers.Gbdt;

public sealed class GbdtTrainerTests
{
    [Fact]
    public void Train_StepFunction_FoundExactly()
    {
        float[] x = [.. Enumerable.Range(0, 200).Select(i => (float)i)];
        float[] y = [.. x.Select(value => value <= 70 ? 5f : 9f)];
        var options = new GbdtOptions
        {
            Trees = 1,
            LearningRate = 1,
            MaxLeaves = 2,
            Lambda = 0,
        };

        var model = Train(NumericData.Regression([x], y), options);

        Assert.Equal([5f, 5f, 9f, 9f], model.Score(NumericData.Table([0, 70.4f, 70.6f, 500])), new Close(1e-5f));
    }

    [Fact]
    public void Train_Interaction_LearnsWhatALineCannot()
    {
        var (columns, target) = Interaction(4_000, 9);
        var (probes, expected) = Interaction(1_000, 10);

        var model = Train(NumericData.Regression(columns, target), new GbdtOptions { Trees = 200 });

        var error = model.Score(NumericData.Table(probes)).Zip(expected).Average(pair => Math.Abs(pair.First - pair.Second));
        // The noise alone costs 0.1 on average; the best constant costs 1.
        Assert.InRange(error, 0.09, 0.16);
    }

    [Fact]
    public void Train_MissingValuesCarryTheSignal_BothDirectionsLearned()
    {
        float[] x = [.. Enumerable.Range(0, 300).Select(i => i % 3 == 0 ? float.NaN : i)];
        float[] y =
        [
            .. x.Select(value =>
                float.IsNaN(value) ? 10f
                : value < 150 ? 0
                : 20
            ),
        ];

        var model = Train(
            NumericData.Regression([x], y),
            new GbdtOptions
            {
                Trees = 30,
                LearningRate = 0.5,
                Lambda = 0,
            }
        );

        Assert.Equal([10f, 0f, 20f], model.Score(NumericData.Table([float.NaN, 3, 299])), new Close(1e-3f));
    }

    [Fact]
    public void Train_CategoriesInNoOrder_OneSplitSeparatesThem()
    {
        string[] texts = [.. Enumerable.Range(0, 400).Select(i => $"c{i % 8}")];
        float[] y = [.. Enumerable.Range(0, 400).Select(i => i % 8 is 1 or 4 or 6 ? 1f : -1f)];
        var table = new Table([MixedData.Category("c", texts), new NumericColumn("y", y)], 400);
        int[] rows = [.. Enumerable.Range(0, 400)];
        var schema = FeatureSchema.Fit(table, ["c"], rows, 100);
        var data = new TrainingData(TaskKind.Regression, null, schema.Select(table, rows), y, schema.Select(table, []), []);
        var options = new GbdtOptions
        {
            Trees = 1,
            MaxLeaves = 2,
            LearningRate = 1,
            Lambda = 0,
        };

        Assert.Equal(y, Train(data, options).Score(data.Train), new Close(1e-5f));
    }

    [Theory]
    [InlineData("regression")]
    [InlineData("binary")]
    [InlineData("multiclass")]
    public void Train_Losses_AreThoseOfTheFinalModel(string task)
    {
        var data = new MixedData(task, 3_000, 11).Data;
        var observer = new RecordingObserver();

        var model = new GbdtTrainer(new GbdtOptions { Trees = 25, EarlyStoppingRounds = 0 }).Train(data, observer, CancellationToken.None);

        // In training rows are led by bins; here by numbers, as in the exported graph.
        var train = Link.MeanLoss(model.Score(data.Train), data.TrainTarget, data.Task, data.OutputCount);
        var holdout = Link.MeanLoss(model.Score(data.Holdout), data.HoldoutTarget, data.Task, data.OutputCount);
        Assert.Equal(train, observer.Values("train_loss")[^1], train * 1e-4);
        Assert.Equal(holdout, observer.Values("holdout_loss")[^1], holdout * 1e-4);
        Assert.Equal(25, observer.Values("train_loss").Length);
        Assert.True(observer.Values("train_loss")[^1] < observer.Values("train_loss")[0]);
    }

    [Theory]
    [InlineData("regression", 1.0)]
    [InlineData("binary", 0.6)]
    [InlineData("multiclass", 1.0)]
    public void Train_Twice_SameScoresToTheBit(string task, double subsample)
    {
        var data = new MixedData(task, 20_000, 12).Data;
        var options = new GbdtOptions
        {
            Trees = 12,
            Subsample = subsample,
            Seed = 42,
        };

        Assert.Equal(Train(data, options).Score(data.Holdout), Train(data, options).Score(data.Holdout));
    }

    [Fact]
    public void Train_OtherSeed_OtherSample()
    {
        var data = new MixedData("regression", 2_000, 13).Data;
        var options = new GbdtOptions { Trees = 5, Subsample = 0.5 };

        Assert.NotEqual(Train(data, options).Score(data.Holdout), Train(data, options with { Seed = 1 }).Score(data.Holdout));
    }

    [Fact]
    public void Train_WatchedRowsStopImproving_LearnsThatManyTreesFromAllRows()
    {
        var (x, noise) = Noise(300, 14);
        var data = NumericData.Regression([x], noise, [x[..50]], noise[..50]) with { Watched = [.. Enumerable.Range(200, 100)] };
        var observer = new RecordingObserver();
        var options = new GbdtOptions { Trees = 500, EarlyStoppingRounds = 10 };

        var model = (GbdtModel)new GbdtTrainer(options).Train(data, observer, CancellationToken.None);

        var losses = observer.Values("validation_loss");
        var best = Array.IndexOf(losses, losses.Min()) + 1;
        Assert.Equal(best, model.Iterations);
        Assert.Equal(best + 10, losses.Length);
        Assert.Equal(best, observer.Values("train_loss").Length);
        Assert.Equal(best, observer.Values("holdout_loss").Length);
        var direct = Train(NumericData.Regression([x], noise), options with { Trees = best, EarlyStoppingRounds = 0 });
        Assert.Equal(direct.Score(data.Train), model.Score(data.Train));
        Assert.Equal(observer.Fractions.Order(), observer.Fractions);
        Assert.Equal(1, observer.Fractions[^1]);
    }

    [Fact]
    public void Train_OtherHoldout_SameModel()
    {
        var (x, noise) = Noise(300, 17);
        var (other, otherNoise) = Noise(100, 18);
        int[] watched = [.. Enumerable.Range(270, 30)];
        var options = new GbdtOptions { Trees = 300, EarlyStoppingRounds = 5 };

        var one = Train(NumericData.Regression([x], noise, [x[..100]], noise[..100]) with { Watched = watched }, options);
        var two = Train(NumericData.Regression([x], noise, [other], otherNoise) with { Watched = watched }, options);

        Assert.Equal(((GbdtModel)one).Iterations, ((GbdtModel)two).Iterations);
        Assert.Equal(one.Score(NumericData.Table(x)), two.Score(NumericData.Table(x)));
    }

    [Fact]
    public void Train_NoWatchedRows_GrowsAllTrees()
    {
        var (x, noise) = Noise(300, 19);

        var model = Train(NumericData.Regression([x], noise, [x], noise), new GbdtOptions { Trees = 50, EarlyStoppingRounds = 1 });

        Assert.Equal(50, ((GbdtModel)model).Iterations);
    }

    [Fact]
    public void ForRefit_AfterEarlyStop_GrowsAsManyTrees()
    {
        var data = new MixedData("regression", 2_000, 15).Data with { Watched = [.. Enumerable.Range(0, 160)] };
        var trainer = new GbdtTrainer(new GbdtOptions { Trees = 400, EarlyStoppingRounds = 5 });
        var fitted = trainer.Train(data, new RecordingObserver(), CancellationToken.None);

        var refitted = trainer.ForRefit(fitted).Train(data, new RecordingObserver(), CancellationToken.None);

        Assert.InRange(((GbdtModel)fitted).Iterations, 1, 399);
        Assert.Equal(((GbdtModel)fitted).Iterations, ((GbdtModel)refitted).Iterations);
    }

    [Fact]
    public void Train_FewRowsALeafAllowed_NoLeafIsSmaller()
    {
        float[] x = [.. Enumerable.Range(0, 100).Select(i => (float)i)];
        float[] y = [.. x.Select(value => value == 99 ? 1000f : 0)];
        var options = new GbdtOptions
        {
            Trees = 1,
            LearningRate = 1,
            Lambda = 0,
            MinChildRows = 25,
        };

        var scores = Train(NumericData.Regression([x], y), options).Score(NumericData.Table(x));

        Assert.True(scores.GroupBy(score => score).All(leaf => leaf.Count() >= 25));
        Assert.True(scores.Distinct().Count() > 1);
    }

    [Fact]
    public void Train_ConstantTarget_PredictsIt()
    {
        float[] x = [.. Enumerable.Range(0, 50).Select(i => (float)i)];
        float[] y = [.. x.Select(_ => 7.25f)];

        Assert.Equal([7.25f], Train(NumericData.Regression([x], y), new GbdtOptions { Trees = 3 }).Score(NumericData.Table([3])));
    }

    [Fact]
    public void Train_Cancelled_Stops()
    {
        var data = new MixedData("regression", 1_000, 16).Data;
        using var source = new CancellationTokenSource();
        var observer = new RecordingObserver { OnMetric = _ => source.Cancel() };

        Assert.ThrowsAny<OperationCanceledException>(() =>
            new GbdtTrainer(new GbdtOptions { Trees = 10_000, EarlyStoppingRounds = 0 }).Train(data, observer, source.Token)
        );
    }

    [Fact]
    public void Train_HistogramsWouldNotFit_RefusedWithTheRemedy()
    {
        float[][] columns = [.. Enumerable.Range(0, 2_000).Select(_ => new float[1])];

        var refusal = Assert.Throws<TrainingDataException>(() =>
            Train(NumericData.Regression(columns, [1]), new GbdtOptions { MaxLeaves = 4_096 })
        );

        Assert.Equal("max_leaves", refusal.Error.Parameter);
    }

    private static ITrainedModel Train(TrainingData data, GbdtOptions options) =>
        new GbdtTrainer(options).Train(data, new RecordingObserver(), CancellationToken.None);

    private static (float[] X, float[] Y) Noise(int count, int seed)
    {
        var random = new Random(seed);
        return (
            [.. Enumerable.Range(0, count).Select(_ => random.NextSingle())],
            [.. Enumerable.Range(0, count).Select(_ => random.NextSingle())]
        );
    }

    private static (float[][] Columns, float[] Target) Interaction(int count, int seed)
    {
        var random = new Random(seed);
        float[] a = [.. Enumerable.Range(0, count).Select(_ => (float)random.NextDouble())];
        float[] b = [.. Enumerable.Range(0, count).Select(_ => (float)random.NextDouble())];
        float[] y = [.. a.Zip(b, (x, z) => (x > 0.5 == z > 0.5 ? 1f : -1f) + (float)((random.NextDouble() - 0.5) * 0.4))];
        return ([a, b], y);
    }
}
