namespace Slipway.ServiceDefaults.Metrics;

/// <summary>The series that <c>/metrics</c> shows.</summary>
public interface IMetricSeries
{
    /// <summary>
    /// Drops the series that carry all of these labels, whatever others they have: what they were about is gone for good. A series is there again, from zero, when it is
    /// measured again. What observable instruments report is not touched; they say everything anew at each scrape.
    /// </summary>
    void Forget(params ReadOnlySpan<KeyValuePair<string, string>> labels);
}
