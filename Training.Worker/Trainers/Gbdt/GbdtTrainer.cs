using System.Globalization;
using Slipway.Training.Worker.Data;

namespace Slipway.Training.Worker.Trainers.Gbdt;

/// <summary>
/// Histogram-based gradient boosting with second-order leaf values and native missing values. With early stopping it fits twice: first without the watched rows, to find
/// how many iterations they gain by, and then that many on all training rows.
/// </summary>
internal sealed class GbdtTrainer(GbdtOptions options) : ITrainer
{
    public const string HoldoutLoss = "holdout_loss";

    private const long MaxHistogramBytes = 2L * 1024 * 1024 * 1024;

    public ITrainer ForRefit(ITrainedModel fitted) =>
        new GbdtTrainer(options with { Trees = Math.Max(1, ((GbdtModel)fitted).Iterations), EarlyStoppingRounds = 0 });

    public ITrainedModel Train(TrainingData data, ITrainingObserver observer, CancellationToken cancellationToken)
    {
        if (options.EarlyStoppingRounds == 0 || data.Watched.Length == 0)
        {
            return new GbdtTrainer(options with { EarlyStoppingRounds = 0 }).Fit(data, observer, cancellationToken);
        }
        var search = new SearchObserver(observer);
        var found = Fit(data.Divide(), search, cancellationToken);
        return ForRefit(found).Train(data, search.ForFit, cancellationToken);
    }

    private GbdtModel Fit(TrainingData data, ITrainingObserver observer, CancellationToken cancellationToken)
    {
        var features = EncodedFeature.Fit(data);
        if (Histogram.Bytes(features.Length) * options.MaxLeaves > MaxHistogramBytes)
        {
            throw new TrainingDataException(
                new BadInput(
                    "too_many_columns",
                    $"{features.Length} columns with {options.MaxLeaves} leaves need too much memory: lower 'max_leaves'."
                )
                {
                    Parameter = "max_leaves",
                }
            );
        }
        var table = BinnedTable.Fit(data.Train, features, options.MaxBins, cancellationToken);
        var baseScores = BoostingState.BaseScores(data);
        var state = new BoostingState(data.Task, data.TrainTarget, baseScores);
        var holdout = data.HasHoldout
            ? new HoldoutScores(table.Apply(data.Holdout, features), data.HoldoutTarget, data.Task, baseScores)
            : null;
        var trees = Boost(table, features, state, holdout, observer, cancellationToken, out var iterations);
        return new GbdtModel(features, baseScores, trees, iterations);
    }

    private List<Tree> Boost(
        BinnedTable table,
        EncodedFeature[] features,
        BoostingState state,
        HoldoutScores? holdout,
        ITrainingObserver observer,
        CancellationToken cancellationToken,
        out int iterations
    )
    {
        var grower = new TreeGrower(table, features, options);
        var sampler = new RowSampler(table.RowCount, options.Subsample, options.Seed);
        var trees = new List<Tree>();
        var bestLoss = double.PositiveInfinity;
        iterations = 0;
        for (var iteration = 1; iteration <= options.Trees; iteration++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ReportTrainLoss(state.Prepare(), iteration - 1);
            var sample = sampler.Draw();
            for (var output = 0; output < state.Scores.Length; output++)
            {
                state.FillGradients(output);
                var tree = grower.Grow(state.Gradients, sample, output, cancellationToken);
                trees.Add(tree);
                Apply(tree, sample.Length);
                holdout?.Add(tree);
            }
            observer.Progress(
                (double)iteration / options.Trees,
                string.Create(CultureInfo.InvariantCulture, $"tree {iteration} of {options.Trees}")
            );
            if (holdout is null)
            {
                iterations = iteration;
                continue;
            }
            var loss = holdout.Loss();
            observer.Metric(HoldoutLoss, loss, iteration);
            if (loss < bestLoss || iterations == 0 || options.EarlyStoppingRounds == 0)
            {
                (bestLoss, iterations) = (loss, iteration);
            }
            else if (iteration - iterations >= options.EarlyStoppingRounds)
            {
                break;
            }
        }
        ReportTrainLoss(state.Prepare(), trees.Count / state.Scores.Length);
        trees.RemoveRange(iterations * state.Scores.Length, trees.Count - (iterations * state.Scores.Length));
        return trees;

        void Apply(Tree tree, int sampleCount)
        {
            if (sampleCount == table.RowCount)
            {
                grower.AddTo(tree, state.Scores[tree.Output]);
                return;
            }
            var scores = state.Scores[tree.Output];
            Parallel.For(0, scores.Length, row => scores[row] += tree.Find(table.Bins, row));
        }

        void ReportTrainLoss(double loss, int iteration)
        {
            if (iteration > 0)
            {
                observer.Metric("train_loss", loss, iteration);
            }
        }
    }
}
