using System.Globalization;

namespace Slipway.Inference.Benchmarks;

/// <summary>The command line.</summary>
internal sealed record BenchmarkOptions
{
    private const string Usage = """
        usage: Inference.Benchmarks [--only NAMES] [--rounds 3] [--seconds 4] [--peers FOLDER] [--results FOLDER]
               Inference.Benchmarks --soak 30m [--results FOLDER]

        --only NAMES     parts of the comparison, separated by commas: raw, trivial, forest, compute, batching, delay, swap, cold
        --peers FOLDER   holds the peers' scripts and iris_rf.onnx (see README.md); left out without it
        --soak TIME      steady load instead of a comparison: 90s, 30m, 2h
        """;

    public IReadOnlyList<string> Only { get; init; } = [];

    public int Rounds { get; init; } = 3;

    public int Seconds { get; init; } = 4;

    public string? PeersFolder { get; init; }

    public string ResultsFolder { get; init; } = Path.Combine("benchmarks", "results");

    public TimeSpan? SoakTime { get; init; }

    public bool Includes(string part) => Only.Count == 0 || Only.Contains(part, StringComparer.Ordinal);

    public static BenchmarkOptions? Parse(string[] args)
    {
        var options = new BenchmarkOptions();
        for (var i = 0; i + 1 < args.Length; i += 2)
        {
            var value = args[i + 1];
            options = args[i] switch
            {
                "--only" => options with { Only = value.Split(',', StringSplitOptions.TrimEntries) },
                "--rounds" => options with { Rounds = int.Parse(value, CultureInfo.InvariantCulture) },
                "--seconds" => options with { Seconds = int.Parse(value, CultureInfo.InvariantCulture) },
                "--peers" => options with { PeersFolder = value },
                "--results" => options with { ResultsFolder = value },
                "--soak" => options with { SoakTime = ParseTime(value) },
                _ => null,
            };
            if (options is null)
            {
                return null;
            }
        }

        return args.Length % 2 == 0 ? options : null;
    }

    public static int Refuse()
    {
        Console.Error.WriteLine(Usage);
        return 2;
    }

    private static TimeSpan ParseTime(string text)
    {
        var number = double.Parse(text[..^1], CultureInfo.InvariantCulture);
        return text[^1] switch
        {
            'h' => TimeSpan.FromHours(number),
            'm' => TimeSpan.FromMinutes(number),
            _ => TimeSpan.FromSeconds(number),
        };
    }
}
