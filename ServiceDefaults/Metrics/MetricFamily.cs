using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace Slipway.ServiceDefaults.Metrics;

/// <summary>
/// All series of one metric name. At most <see cref="SeriesLimit"/> of them; a measurement with yet other label values is counted in one series marked as overflow, as
/// OpenTelemetry's SDKs do.
/// </summary>
internal sealed class MetricFamily
{
    internal const int SeriesLimit = 2_000;

    private readonly Lock _lock = new();
    private readonly double[] _bounds;
    private readonly ConcurrentDictionary<TagSet, Series> _byTags = new(TagSetComparer.Instance);
    private readonly ConcurrentDictionary<TagSet, Series>.AlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>> _lookup;
    private readonly Dictionary<string, Series> _byLabels = [];
    private readonly Action<MetricFamily> _onOverflow;

    internal MetricFamily(string name, Instrument instrument, MetricKind kind, Action<MetricFamily> onOverflow)
    {
        Name = name;
        Help = instrument.Description;
        Kind = kind;
        _onOverflow = onOverflow;
        _bounds = kind.Type == MetricType.Histogram ? HistogramBounds.For(instrument) : [];
        _lookup = _byTags.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>();
    }

    internal string Name { get; }

    internal string? Help { get; }

    internal MetricKind Kind { get; }

    internal void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (!_lookup.TryGetValue(tags, out var series))
        {
            series = Find(tags);
        }

        series.Record(value);
    }

    /// <summary>Observable instruments say everything anew at each scrape; what they no longer mention is gone.</summary>
    internal void Reset()
    {
        lock (_lock)
        {
            _byTags.Clear();
            _byLabels.Clear();
        }
    }

    /// <summary>See <see cref="IMetricSeries.Forget"/>. A measurement that is under way may still go to what is dropped.</summary>
    internal void Forget(ReadOnlySpan<KeyValuePair<string, string>> labels)
    {
        lock (_lock)
        {
            foreach (var (tags, series) in _byTags)
            {
                if (HasAll(tags.Tags, labels))
                {
                    _byTags.TryRemove(tags, out _);
                    _byLabels.Remove(series.Labels);
                }
            }
        }
    }

    internal void Write(ExpositionWriter writer)
    {
        Series[] series;
        lock (_lock)
        {
            series = [.. _byLabels.Values];
        }

        if (series.Length == 0)
        {
            return;
        }

        Array.Sort(series, static (a, b) => string.CompareOrdinal(a.Labels, b.Labels));
        writer.Header(Name, Help, Kind.Type);
        foreach (var one in series)
        {
            one.Write(writer, Name);
        }
    }

    private static bool HasAll(ReadOnlySpan<KeyValuePair<string, object?>> tags, ReadOnlySpan<KeyValuePair<string, string>> labels)
    {
        foreach (var (name, value) in labels)
        {
            var isThere = false;
            foreach (var tag in tags)
            {
                isThere |= tag.Key == name && Convert.ToString(tag.Value, CultureInfo.InvariantCulture) == value;
            }

            if (!isThere)
            {
                return false;
            }
        }

        return true;
    }

    private Series Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = LabelText.Write(tags);
        Series? series;
        var overflow = false;
        lock (_lock)
        {
            if (!_byLabels.TryGetValue(labels, out series))
            {
                overflow = _byLabels.Count >= SeriesLimit;
                labels = overflow ? LabelText.Overflow : labels;
                if (!_byLabels.TryGetValue(labels, out series))
                {
                    series = Kind.Type == MetricType.Histogram ? new HistogramSeries(labels, _bounds) : new ValueSeries(labels, Kind.Sums);
                    _byLabels.Add(labels, series);
                }
            }

            // The same labels may come in several orders; each is a key, up to the same bound.
            if (!overflow && _byTags.Count < 2 * SeriesLimit)
            {
                _lookup[tags] = series;
            }
        }

        if (overflow)
        {
            _onOverflow(this);
        }

        return series;
    }
}
