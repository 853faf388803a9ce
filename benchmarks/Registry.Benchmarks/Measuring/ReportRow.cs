namespace Slipway.Registry.Benchmarks.Measuring;

/// <summary>A line of the table.</summary>
internal sealed record ReportRow(string Name, Measurement Own, Measurement? Limit, string? Figure);
