namespace Slipway.ServiceDefaults.Metrics;

/// <summary>One metric with one set of label values. Written by any thread, read by the scrape.</summary>
internal abstract class Series(string labels)
{
    /// <summary>The labels as they are written, without braces.</summary>
    internal string Labels { get; } = labels;

    internal abstract void Record(double value);

    internal abstract void Write(ExpositionWriter writer, string name);
}
