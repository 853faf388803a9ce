using System.Numerics;

namespace Slipway.ServiceDefaults.Metrics;

/// <summary>Compares tag sets with each other and with the span that a measurement callback gets.</summary>
internal sealed class TagSetComparer
    : IEqualityComparer<TagSet>,
        IAlternateEqualityComparer<ReadOnlySpan<KeyValuePair<string, object?>>, TagSet>
{
    internal static readonly TagSetComparer Instance = new();

    public TagSet Create(ReadOnlySpan<KeyValuePair<string, object?>> alternate) => new(alternate.ToArray());

    public bool Equals(TagSet? x, TagSet? y) => ReferenceEquals(x, y) || (x is not null && y is not null && Equals(x.Tags, y));

    public int GetHashCode(TagSet obj) => GetHashCode(obj.Tags);

    public bool Equals(ReadOnlySpan<KeyValuePair<string, object?>> alternate, TagSet other)
    {
        var tags = other.Tags;
        if (alternate.Length != tags.Length)
        {
            return false;
        }

        for (var i = 0; i < tags.Length; i++)
        {
            if (!string.Equals(alternate[i].Key, tags[i].Key, StringComparison.Ordinal) || !Equals(alternate[i].Value, tags[i].Value))
            {
                return false;
            }
        }

        return true;
    }

    public int GetHashCode(ReadOnlySpan<KeyValuePair<string, object?>> alternate)
    {
        // Runs for every measurement of every request: a few characters of each text tell almost all series apart, and Equals the rest.
        var hash = (uint)alternate.Length;
        foreach (var tag in alternate)
        {
            hash =
                (BitOperations.RotateLeft(hash, 7) * 31)
                + Mix(tag.Key)
                + tag.Value switch
                {
                    string text => Mix(text),
                    null => 0,
                    var other => (uint)other.GetHashCode(),
                };
        }

        return (int)hash;
    }

    private static uint Mix(string text)
    {
        var length = text.Length;
        return length == 0 ? 1 : (uint)((length * 7919) + (text[0] * 31) + (text[length / 2] * 131) + (text[length - 1] * 65_599));
    }
}
