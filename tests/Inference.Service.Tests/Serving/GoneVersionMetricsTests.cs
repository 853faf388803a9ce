using Slipway.Inference.Engine.Serving;
using Slipway.Inference.Service.Serving;
using Slipway.ServiceDefaults.Metrics;
using Slipway.Testing;

namespace Slipway.Inference.Service.Tests.Serving;

public sealed class GoneVersionMetricsTests
{
    private static readonly ModelKey s_first = new("m", 1);
    private readonly ManualClock _clock = new();
    private readonly RecordingSeries _series = new();
    private readonly GoneVersionMetrics _gone;

    public GoneVersionMetricsTests() => _gone = new(_series, _clock);

    [Fact]
    public void Forget_VersionThatIsGone_DropsItsSeriesOnceAndLater()
    {
        _gone.Note(s_first);
        _gone.Forget([]);
        _clock.Advance(GoneVersionMetrics.KeepTime - TimeSpan.FromSeconds(1));
        _gone.Forget([new("m", 2)]);
        Assert.Empty(_series.Forgotten);

        _clock.Advance(TimeSpan.FromSeconds(1));
        _gone.Forget([new("m", 2)]);
        _gone.Forget([]);

        Assert.Equal(["model=m version=1"], _series.Forgotten);
    }

    [Fact]
    public void Forget_VersionThatIsServedAgain_KeepsItsSeries()
    {
        _gone.Note(s_first);
        _clock.Advance(GoneVersionMetrics.KeepTime);

        _gone.Forget([s_first]);
        _gone.Forget([]);

        Assert.Empty(_series.Forgotten);
    }

    private sealed class RecordingSeries : IMetricSeries
    {
        public List<string> Forgotten { get; } = [];

        public void Forget(params ReadOnlySpan<KeyValuePair<string, string>> labels)
        {
            var parts = new List<string>();
            foreach (var (name, value) in labels)
            {
                parts.Add($"{name}={value}");
            }
            Forgotten.Add(string.Join(' ', parts));
        }
    }
}
