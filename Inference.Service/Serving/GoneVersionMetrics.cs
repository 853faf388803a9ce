using System.Globalization;
using Slipway.Inference.Engine.Serving;
using Slipway.ServiceDefaults.Metrics;

namespace Slipway.Inference.Service.Serving;

/// <summary>
/// Drops the metrics of versions some time after they were served last, so that a scrape in between still sees their final numbers. A service that serves one version after
/// another would else show, and hold, the series of all of them, until there are so many that new ones get none. Not safe for use by several threads.
/// </summary>
internal sealed class GoneVersionMetrics(IMetricSeries series, TimeProvider time)
{
    /// <summary>How long the series of a version outlive it: some intervals between scrapes.</summary>
    internal static readonly TimeSpan KeepTime = TimeSpan.FromMinutes(5);

    private readonly Dictionary<ModelKey, long> _gone = [];

    /// <summary>Notes that a version was let go of.</summary>
    public void Note(ModelKey version) => _gone[version] = time.GetTimestamp();

    /// <summary>Drops what is due; a version that is served again keeps its series.</summary>
    public void Forget(IEnumerable<ModelKey> served)
    {
        if (_gone.Count == 0)
        {
            return;
        }

        foreach (var version in served)
        {
            _gone.Remove(version);
        }

        foreach (var version in _gone.Where(gone => time.GetElapsedTime(gone.Value) >= KeepTime).Select(gone => gone.Key).ToArray())
        {
            _gone.Remove(version);
            series.Forget(new("model", version.Name), new("version", version.Version.ToString(CultureInfo.InvariantCulture)));
        }
    }
}
