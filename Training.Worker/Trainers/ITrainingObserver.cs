namespace Slipway.Training.Worker.Trainers;

/// <summary>Hears from a trainer while it works, on the trainer's thread.</summary>
internal interface ITrainingObserver
{
    void Metric(string key, double value, int step);

    /// <summary>How much of the fit is done, from 0 to 1.</summary>
    void Progress(double fraction, string message);
}
