namespace Slipway.Training.Worker.Trainers.Gbdt;

/// <summary>
/// Hears from the fit that looks for the number of iterations. Of its losses only that of the watched rows is told, under a name of its own: the others are told by the fit
/// that follows. Each of the two takes half of the way.
/// </summary>
internal sealed class SearchObserver(ITrainingObserver whole) : ITrainingObserver
{
    private const double Share = 0.5;

    /// <summary>The observer of the fit that follows.</summary>
    public ITrainingObserver ForFit { get; } = new FitObserver(whole);

    public void Metric(string key, double value, int step)
    {
        if (key == GbdtTrainer.HoldoutLoss)
        {
            whole.Metric("validation_loss", value, step);
        }
    }

    public void Progress(double fraction, string message) => whole.Progress(Share * fraction, message);

    private sealed class FitObserver(ITrainingObserver whole) : ITrainingObserver
    {
        public void Metric(string key, double value, int step) => whole.Metric(key, value, step);

        public void Progress(double fraction, string message) => whole.Progress(Share + ((1 - Share) * fraction), message);
    }
}
