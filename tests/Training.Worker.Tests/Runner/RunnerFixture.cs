using System.Text.Json;
using Slipway.Testing;
using Slipway.Training.Worker.Runner;

namespace Slipway.Training.Worker.Tests.Runner;

/// <summary>Runs the training runner on files of its own folder and parses the events it wrote.</summary>
internal sealed class RunnerFixture : IDisposable
{
    private readonly TempFolder _folder = new();

    public string ModelFolder => _folder.Combine("out", "model");

    /// <summary>The repository's folder, found from the tests' output.</summary>
    public static string RepositoryRoot
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Platform.sln")))
            {
                folder = folder.Parent;
            }
            return folder?.FullName ?? throw new InvalidOperationException("Platform.sln was not found above the tests.");
        }
    }

    public string Write(string name, string text)
    {
        var path = _folder.Combine(name);
        File.WriteAllText(path, text);
        return path;
    }

    public TrainingSpec Spec(string csvPath, string trainer, params (string Key, string Value)[] parameters) =>
        new()
        {
            Datasets = [csvPath],
            Target = "y",
            Trainer = trainer,
            Parameters = parameters.ToDictionary(pair => pair.Key, pair => pair.Value),
            OutputFolder = _folder.Combine("out"),
            ModelName = "test-model",
            RunId = "run-1",
        };

    public string WriteSpec(TrainingSpec spec) => Write("spec.json", JsonSerializer.Serialize(spec, RunnerJson.Default.TrainingSpec));

    public async Task<(int ExitCode, IReadOnlyList<TrainingEvent> Events)> RunAsync(
        TrainingSpec spec,
        CancellationToken cancellationToken = default
    )
    {
        await using var output = new StringWriter();
        var exitCode = await TrainingRunner.RunAsync(WriteSpec(spec), output, new ManualClock(), cancellationToken);
        return (exitCode, Parse(output.ToString()));
    }

    public static IReadOnlyList<TrainingEvent> Parse(string lines) =>
        [
            .. lines
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonSerializer.Deserialize(line, RunnerJson.Default.TrainingEvent)!),
        ];

    /// <summary>A table with a number, a text column and a linear target, and the rows in no particular order.</summary>
    public static string Csv(int rowCount, int seed = 1)
    {
        var random = new Random(seed);
        var lines = Enumerable
            .Range(0, rowCount)
            .Select(_ =>
            {
                var x = random.Next(100);
                var colour = random.Next(2) == 0 ? "red" : "blue";
                return $"{(random.Next(20) == 0 ? "" : x)},{colour},{(2 * x) + (colour == "red" ? 50 : 0) + random.Next(5)}";
            });
        return "x,colour,y\n" + string.Join('\n', lines) + "\n";
    }

    public void Dispose() => _folder.Dispose();
}
