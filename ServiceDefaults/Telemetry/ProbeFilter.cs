using System.Diagnostics;
using OpenTelemetry;

namespace Slipway.ServiceDefaults.Telemetry;

/// <summary>Keeps health probes and metric scrapes out of the exported traces: they arrive every few seconds and say nothing.</summary>
internal sealed class ProbeFilter : BaseProcessor<Activity>
{
    public override void OnEnd(Activity data)
    {
        if (
            data.Kind == ActivityKind.Server
            && data.GetTagItem("url.path") is string path
            && (path.StartsWith("/health/", StringComparison.Ordinal) || path.Equals("/metrics", StringComparison.Ordinal))
        )
        {
            data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }
    }
}
