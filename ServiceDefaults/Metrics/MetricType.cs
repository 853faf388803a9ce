namespace Slipway.ServiceDefaults.Metrics;

/// <summary>The kinds of metric of Prometheus's text format that are written here.</summary>
internal enum MetricType
{
    Counter,
    Gauge,
    Histogram,
}
