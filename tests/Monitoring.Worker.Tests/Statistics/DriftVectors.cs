using System.Globalization;
using System.Text.Json;

namespace Slipway.Monitoring.Worker.Tests.Statistics;

/// <summary>The vectors of <c>Vectors/bike-sharing.jsonl</c> with the data that they speak of.</summary>
internal static class DriftVectors
{
    public static IReadOnlyList<DriftVector> Read(string method)
    {
        var root = FindRoot();
        var lines = File.ReadAllLines(Path.Combine(root, "tests", "Monitoring.Worker.Tests", "Vectors", "bike-sharing.jsonl"));
        var data = File.ReadAllLines(Path.Combine(root, "samples", "quickstart", "data", "hour.csv"));
        var header = data[0].Split(',');
        var vectors = new List<DriftVector>();
        foreach (var line in lines)
        {
            using var json = JsonDocument.Parse(line);
            var item = json.RootElement;
            var score = item.GetProperty("score");
            // The one score that Evidently could not compute is the text "nan".
            if (item.GetProperty("method").GetString() != method || score.ValueKind != JsonValueKind.Number)
            {
                continue;
            }
            var name = item.GetProperty("column").GetString()!;
            var column = Array.IndexOf(header, name);
            vectors.Add(
                new DriftVector(
                    name,
                    item.GetProperty("type").GetString() == "num",
                    Values(data, column, item.GetProperty("ref_rows")),
                    Values(data, column, item.GetProperty("cur_rows")),
                    score.GetDouble()
                )
            );
        }
        return vectors;
    }

    private static double[] Values(string[] data, int column, JsonElement range) =>
        [
            .. data.Skip(1 + range[0].GetInt32())
                .Take(range[1].GetInt32() - range[0].GetInt32())
                .Select(row => double.Parse(row.Split(',')[column], CultureInfo.InvariantCulture)),
        ];

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Platform.sln")))
            {
                return folder.FullName;
            }
        }
        throw new InvalidOperationException("Platform.sln is in no folder above the tests.");
    }
}
