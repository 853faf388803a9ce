using System.Diagnostics.Metrics;

namespace Slipway.ServiceDefaults.Metrics;

/// <summary>What an instrument measures, in Prometheus's terms.</summary>
/// <param name="Type">The exposition's TYPE.</param>
/// <param name="Sums">True where measurements are added up, false where the last one stands.</param>
/// <param name="Observed">True where the instrument reports totals when asked, false where it reports each change.</param>
internal sealed record MetricKind(MetricType Type, bool Sums, bool Observed)
{
    internal static MetricKind? Of(Instrument instrument)
    {
        var type = instrument.GetType();
        if (!type.IsGenericType)
        {
            return null;
        }

        var kind = type.GetGenericTypeDefinition();
        return kind == typeof(Counter<>) ? new MetricKind(MetricType.Counter, true, false)
            : kind == typeof(UpDownCounter<>) ? new MetricKind(MetricType.Gauge, true, false)
            : kind == typeof(Gauge<>) ? new MetricKind(MetricType.Gauge, false, false)
            : kind == typeof(Histogram<>) ? new MetricKind(MetricType.Histogram, true, false)
            : kind == typeof(ObservableCounter<>) ? new MetricKind(MetricType.Counter, true, true)
            : kind == typeof(ObservableUpDownCounter<>) ? new MetricKind(MetricType.Gauge, true, true)
            : kind == typeof(ObservableGauge<>) ? new MetricKind(MetricType.Gauge, false, true)
            : null;
    }
}
