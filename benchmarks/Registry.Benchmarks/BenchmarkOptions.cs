namespace Slipway.Registry.Benchmarks;

/// <summary>What to measure, and where.</summary>
internal sealed record BenchmarkOptions(string Postgres, string OutputPath, int Runs, TimeSpan Round, string Only);
