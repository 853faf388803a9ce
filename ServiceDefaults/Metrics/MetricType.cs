namespace Slipway.ServiceDefaults.Metrics;

internal enum MetricType
{
    Counter,
    Gauge,
    Histogram,
}
