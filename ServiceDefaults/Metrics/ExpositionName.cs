using System.Diagnostics.Metrics;

namespace Slipway.ServiceDefaults.Metrics;

/// <summary>Lets an instrument say under which name <c>/metrics</c> has it, where others look for that very name.</summary>
public static class ExpositionName
{
    private const string Key = "prometheus.name";

    /// <summary>The tags of an instrument that is written as <paramref name="name"/>, without unit and <c>_total</c>.</summary>
    public static IEnumerable<KeyValuePair<string, object?>> Exactly(string name) => [new(Key, name)];

    internal static string? Of(Instrument instrument)
    {
        foreach (var tag in instrument.Tags ?? [])
        {
            if (tag.Key == Key)
            {
                return tag.Value as string;
            }
        }

        return null;
    }
}
