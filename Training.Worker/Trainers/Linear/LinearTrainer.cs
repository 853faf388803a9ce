using Slipway.Training.Worker.Data;

namespace Slipway.Training.Worker.Trainers.Linear;

/// <summary>Ridge regression, and logistic regression for two or more classes.</summary>
internal sealed class LinearTrainer(LinearOptions options) : ITrainer
{
    /// <summary>The normal equations hold this many columns squared.</summary>
    public const int MaxColumns = 4_096;

    // Two gigabytes of standardised numbers.
    private const long MaxCells = 250_000_000;

    public ITrainer ForRefit(ITrainedModel fitted) => this;

    public ITrainedModel Train(TrainingData data, ITrainingObserver observer, CancellationToken cancellationToken)
    {
        var design = LinearDesign.Fit(data.Train);
        if (design.Width > MaxColumns)
        {
            throw new TrainingDataException(
                new BadInput(
                    "too_many_columns",
                    $"The features make {design.Width} columns, one a category; at most {MaxColumns} are solved. "
                        + "Lower 'max_categories', or leave text columns out with 'exclude'."
                )
                {
                    Parameter = "max_categories",
                }
            );
        }
        if ((long)data.Train.RowCount * Math.Max(design.DenseWidth, design.Categorical.Length) > MaxCells)
        {
            throw new TrainingDataException(
                new BadInput(
                    "too_many_rows",
                    $"{data.Train.RowCount} rows are too many for the linear trainer with this many features: use 'gbdt'."
                )
            );
        }
        var matrix = design.Transform(data.Train);
        return data.Task == TaskKind.Regression
            ? Regress(design, matrix, data, observer, cancellationToken)
            : Classify(design, matrix, data, observer, cancellationToken);
    }

    private LinearModel Regress(
        LinearDesign design,
        LinearMatrix matrix,
        TrainingData data,
        ITrainingObserver observer,
        CancellationToken cancellationToken
    )
    {
        var weights = RidgeSolver.Solve(matrix, data.TrainTarget, design.Width, options.L2, cancellationToken);
        var model = new LinearModel(design, weights, 1, iterations: 1);
        observer.Metric("train_loss", Link.MeanLoss(model.Score(matrix), data.TrainTarget, data.Task, 1), 1);
        if (data.HasHoldout)
        {
            observer.Metric("holdout_loss", Link.MeanLoss(model.Score(data.Holdout), data.HoldoutTarget, data.Task, 1), 1);
        }
        observer.Progress(1, "normal equations solved");
        return model;
    }

    private LinearModel Classify(
        LinearDesign design,
        LinearMatrix matrix,
        TrainingData data,
        ITrainingObserver observer,
        CancellationToken cancellationToken
    )
    {
        var objective = new LogisticObjective(matrix, data.TrainTarget, design.Width, data.OutputCount, options.L2);
        var holdout = data.HasHoldout ? design.Transform(data.Holdout) : null;
        double loss = 0;
        var iterations = 0;
        var optimiser = new Lbfgs(
            (weights, gradient) =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                (var value, loss) = objective.Evaluate(weights, gradient);
                return value;
            },
            objective.Size
        );
        var solution = optimiser.Minimise(
            options.MaxIterations,
            options.Tolerance,
            (iteration, weights) =>
            {
                iterations = iteration;
                observer.Metric("train_loss", loss, iteration);
                if (holdout is not null)
                {
                    var scores = new LinearModel(design, weights, data.OutputCount, iteration).Score(holdout);
                    observer.Metric("holdout_loss", Link.MeanLoss(scores, data.HoldoutTarget, data.Task, data.OutputCount), iteration);
                }
                observer.Progress((double)iteration / options.MaxIterations, $"iteration {iteration}");
                return true;
            }
        );
        return new LinearModel(design, solution, data.OutputCount, iterations);
    }
}
