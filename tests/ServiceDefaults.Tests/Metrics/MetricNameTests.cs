using Slipway.ServiceDefaults.Metrics;

namespace Slipway.ServiceDefaults.Tests.Metrics;

/// <summary>Examples from OpenTelemetry's "Prometheus and OpenMetrics Compatibility", and the names that its exporters give to the built-in instruments.</summary>
public sealed class MetricNameTests
{
    [Theory]
    [InlineData("http.server.request.duration", "s", "Histogram", "http_server_request_duration_seconds")]
    [InlineData("http.server.active_requests", "{request}", "Gauge", "http_server_active_requests")]
    [InlineData("dotnet.gc.collections", "{collection}", "Counter", "dotnet_gc_collections_total")]
    [InlineData("dotnet.process.memory.working_set", "By", "Gauge", "dotnet_process_memory_working_set_bytes")]
    [InlineData("process.cpu.time", "s", "Counter", "process_cpu_time_seconds_total")]
    [InlineData("system.filesystem.utilization", "1", "Gauge", "system_filesystem_utilization_ratio")]
    [InlineData("cache.hits", "1", "Counter", "cache_hits_total")]
    [InlineData("disk.throughput", "By/s", "Gauge", "disk_throughput_bytes_per_second")]
    [InlineData("rate", "{packet}/s", "Gauge", "rate_per_second")]
    [InlineData("requests_total", null, "Counter", "requests_total")]
    [InlineData("time_seconds", "s", "Gauge", "time_seconds")]
    [InlineData("cpu_seconds_total", "s", "Counter", "cpu_seconds_total")]
    [InlineData("usage", "%", "Gauge", "usage_percent")]
    [InlineData("2xx..answers", "", "Gauge", "_2xx_answers")]
    [InlineData("odd", "furlong", "Gauge", "odd_furlong")]
    public void ForInstrument_NameAndUnit_FollowTheRules(string name, string? unit, string type, string expected) =>
        Assert.Equal(expected, MetricName.ForInstrument(name, unit, Enum.Parse<MetricType>(type)));

    [Theory]
    [InlineData("http.route", "http_route")]
    [InlineData("le", "exported_le")]
    [InlineData("1st", "_1st")]
    [InlineData("a:b", "a_b")]
    public void ForLabel_AnyTag_IsAValidLabel(string tag, string expected) => Assert.Equal(expected, MetricName.ForLabel(tag));
}
