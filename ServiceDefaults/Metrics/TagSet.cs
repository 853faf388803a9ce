namespace Slipway.ServiceDefaults.Metrics;

/// <summary>The tags of a measurement in the order in which they came: the key under which a series is found without allocating.</summary>
internal sealed class TagSet(KeyValuePair<string, object?>[] tags)
{
    internal ReadOnlySpan<KeyValuePair<string, object?>> Tags => tags;
}
