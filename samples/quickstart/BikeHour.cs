using System.Globalization;

namespace Slipway.Quickstart;

/// <summary>One hour of the data set: when, what was known before it, and how many bicycles were rented.</summary>
internal sealed record BikeHour(DateTimeOffset At, IReadOnlyDictionary<string, string> Features, double Rentals)
{
    /// <summary>The column to predict.</summary>
    public const string Target = "cnt";

    /// <summary>Columns that name a kind, not an amount.</summary>
    public static readonly string[] Categories = ["season", "holiday", "workingday", "weathersit"];

    /// <summary>Columns that measure.</summary>
    public static readonly string[] Numbers = ["hr", "weekday", "temp", "atemp", "hum", "windspeed"];

    /// <summary>Reads the whole file, in time order. The file is a fixed one without quoting, so splitting its lines is enough.</summary>
    public static List<BikeHour> ReadAll(string path)
    {
        using var lines = File.ReadLines(path).GetEnumerator();
        lines.MoveNext();
        var header = lines.Current.Split(',');
        var hours = new List<BikeHour>();
        while (lines.MoveNext())
        {
            var row = header.Zip(lines.Current.Split(',')).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
            var day = DateTime.ParseExact(row["dteday"], "yyyy-MM-dd", CultureInfo.InvariantCulture);
            hours.Add(
                new BikeHour(
                    new DateTimeOffset(day, TimeSpan.Zero).AddHours(int.Parse(row["hr"], CultureInfo.InvariantCulture)),
                    Categories.Concat(Numbers).ToDictionary(column => column, column => row[column], StringComparer.Ordinal),
                    double.Parse(row[Target], CultureInfo.InvariantCulture)
                )
            );
        }
        return hours;
    }

    /// <summary>The hours as a training file: features, then the target.</summary>
    public static string ToCsv(IEnumerable<BikeHour> hours)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        string[] columns = [.. Categories, .. Numbers];
        text.WriteLine(string.Join(',', columns.Append(Target)));
        foreach (var hour in hours)
        {
            var values = columns.Select(column => hour.Features[column]).Append(hour.Rentals.ToString(CultureInfo.InvariantCulture));
            text.WriteLine(string.Join(',', values));
        }
        return text.ToString();
    }
}
