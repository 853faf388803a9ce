namespace Slipway.Contracts.Training;

/// <summary>
/// Results row by row of an evaluation, the run artifact <see cref="Path"/>: CSV with a header, one line a row of the holdout, and as columns any of the losses
/// below, each also with <see cref="RunNames.IncumbentMetricPrefix"/> before it for the version that <see cref="RunNames.IncumbentVersionTag"/> names, on the
/// same row. With it the promotion gate can test whether a difference is more than chance.
/// </summary>
public static class EvaluationFile
{
    /// <summary>Where the file lies among the run's artifacts.</summary>
    public const string Path = "evaluation/rows.csv";

    /// <summary>The most bytes that are read.</summary>
    public const long MaxBytes = 64L << 20;

    /// <summary>|prediction − label| (regression).</summary>
    public const string AbsoluteError = "absolute_error";

    /// <summary>(prediction − label)² (regression).</summary>
    public const string SquaredError = "squared_error";

    /// <summary>−ln of the probability given to the label (classification).</summary>
    public const string LogLoss = "log_loss";

    /// <summary>1 where the most probable class is the label, else 0 (classification).</summary>
    public const string Correct = "correct";
}
