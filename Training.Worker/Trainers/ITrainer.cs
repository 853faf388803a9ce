namespace Slipway.Training.Worker.Trainers;

/// <summary>Learns a model from tabular data. The same data and parameters give the same model, on any number of cores.</summary>
internal interface ITrainer
{
    ITrainedModel Train(TrainingData data, ITrainingObserver observer, CancellationToken cancellationToken);

    /// <summary>The trainer that repeats the fit on more rows, with what early stopping found held fixed.</summary>
    ITrainer ForRefit(ITrainedModel fitted);
}
