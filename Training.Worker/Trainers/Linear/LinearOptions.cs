namespace Slipway.Training.Worker.Trainers.Linear;

/// <summary>
/// Parameters of the linear trainer. <see cref="L2"/> weighs the squared weights against the sum of squared errors (regression), or half of
/// them against the sum of log losses (classification), as scikit-learn's <c>alpha</c> and <c>1/C</c> do.
/// </summary>
internal sealed record LinearOptions
{
    public double L2 { get; init; } = 1;

    /// <summary>Steps of L-BFGS; classification only.</summary>
    public int MaxIterations { get; init; } = 100;

    /// <summary>Classification stops once no part of the mean loss's gradient is larger.</summary>
    public double Tolerance { get; init; } = 1e-5;

    public static LinearOptions Read(ParameterReader parameters) =>
        new()
        {
            L2 = parameters.Number("l2", 1, 0, 1e9),
            MaxIterations = parameters.Int("max_iterations", 100, 1, 10_000),
            Tolerance = parameters.Number("tolerance", 1e-5, 1e-12, 1),
        };
}
