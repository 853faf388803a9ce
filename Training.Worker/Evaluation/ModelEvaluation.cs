namespace Slipway.Training.Worker.Evaluation;

/// <summary>A model's metrics on the holdout, and what it predicted there: values for regression, probabilities row by row for classification.</summary>
internal sealed record ModelEvaluation(IReadOnlyDictionary<string, double> Metrics, float[] Predictions);
