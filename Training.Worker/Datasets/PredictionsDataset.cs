using System.Globalization;

namespace Slipway.Training.Worker.Datasets;

/// <summary>
/// An endpoint's logged predictions, with their outcomes, whose event time is in [<see cref="From"/>, <see cref="To"/>); an absent end is open.
/// </summary>
internal sealed record PredictionsDataset(string Endpoint, DateTimeOffset? From, DateTimeOffset? To) : DatasetUri
{
    private DateTimeOffset First => From ?? DateTimeOffset.MinValue;

    private DateTimeOffset End => To ?? DateTimeOffset.MaxValue;

    /// <summary>What is left of this range when the rows of <paramref name="other"/> are taken out of it: no, one or two ranges, in time order.</summary>
    public IReadOnlyList<PredictionsDataset> Without(PredictionsDataset other)
    {
        if (other.Endpoint != Endpoint || other.End <= First || other.First >= End)
        {
            return [this];
        }
        var left = new List<PredictionsDataset>(2);
        if (First < other.First)
        {
            left.Add(this with { To = other.From });
        }
        if (other.End < End)
        {
            left.Add(this with { From = other.To });
        }
        return left;
    }

    /// <summary>Both ranges as one, where <paramref name="next"/> begins exactly at this one's end; else null.</summary>
    public PredictionsDataset? Join(PredictionsDataset next) =>
        next.Endpoint == Endpoint && To is { } end && next.From == end ? this with { To = next.To } : null;

    public override string ToString()
    {
        string?[] parts = [Part("from", From), Part("to", To)];
        var query = string.Join('&', parts.Where(part => part is not null));
        return $"{PredictionsScheme}/{Uri.EscapeDataString(Endpoint)}{(query.Length == 0 ? "" : "?")}{query}";
    }

    private static string? Part(string name, DateTimeOffset? time) =>
        time is { } value
            ? $"{name}={Uri.EscapeDataString(value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture))}"
            : null;
}
