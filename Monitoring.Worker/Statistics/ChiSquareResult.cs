namespace Slipway.Monitoring.Worker.Statistics;

/// <summary>The statistic, its degrees of freedom, and the chance of one at least as great without drift.</summary>
internal readonly record struct ChiSquareResult(double Statistic, int DegreesOfFreedom, double PValue);
