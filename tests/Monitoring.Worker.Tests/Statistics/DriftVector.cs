namespace Slipway.Monitoring.Worker.Tests.Statistics;

/// <summary>One number that Evidently computed, with the two samples it was computed from.</summary>
internal sealed record DriftVector(string Column, bool IsNumeric, double[] Reference, double[] Current, double Score);
