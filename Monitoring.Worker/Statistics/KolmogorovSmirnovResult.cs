namespace Slipway.Monitoring.Worker.Statistics;

/// <summary>The greatest difference of the two empirical distributions, and the chance of one at least as great without drift.</summary>
internal readonly record struct KolmogorovSmirnovResult(double Statistic, double PValue);
