using System.Text.Json;
using Slipway.Training.Worker.Runner;

namespace Slipway.Training.Worker.Tests.Support;

/// <summary>
/// A training program whose behaviour is the name of the target column: started as <c>dotnet Training.Worker.Tests.dll run --spec …</c>, it lets tests see
/// what the service makes of a child that crashes, hangs, hogs memory or talks nonsense.
/// </summary>
internal static class ScriptedTrainer
{
    public const string Succeed = "script-succeed";
    public const string Refuse = "script-refuse";
    public const string Crash = "script-crash";
    public const string CrashFirst = "script-crash-first";
    public const string Hang = "script-hang";
    public const string Hog = "script-hog";
    public const string Babble = "script-babble";

    public const string ModelText = "the model's bytes";

    public static string Path => typeof(ScriptedTrainer).Assembly.Location;

    public static async Task<int> Main(string[] args)
    {
        if (args is not ["run", "--spec", var path])
        {
            return 64;
        }
        var spec = JsonSerializer.Deserialize(await File.ReadAllTextAsync(path), RunnerJson.Default.TrainingSpec)!;
        Tell(new ProgressEvent(0.5, $"pid {Environment.ProcessId}"));
        switch (spec.Target)
        {
            case Refuse:
                Tell(new ErrorEvent("target_not_found", "The dataset has no column 'script-refuse'.", "target", null, null));
                return 2;
            case Crash:
            case CrashFirst when spec.OutputFolder.EndsWith($"{System.IO.Path.DirectorySeparatorChar}1", StringComparison.Ordinal):
                await Console.Error.WriteLineAsync("a bug");
                return 77;
            case Hang:
                return await WaitForParentAsync();
            case Hog:
                var hoard = Enumerable.Range(0, 256).Select(_ => Enumerable.Repeat((byte)1, 1 << 20).ToArray()).ToList();
                var end = await WaitForParentAsync();
                GC.KeepAlive(hoard);
                return end;
            case Babble:
                Console.WriteLine("not json");
                Console.WriteLine("""{"type":"unheard-of"}""");
                break;
        }
        Tell(new ParamEvent("trees", "3"));
        for (var step = 0; step < 5; step++)
        {
            Tell(new MetricEvent("holdout_mae", 10 - step, step));
        }
        Tell(new MetricEvent("mae", 5, 0));
        var incumbent = Incumbent(spec);
        Tell(new ResultEvent(WriteModel(spec), "regression", 80, 20, 2, new Dictionary<string, double> { ["mae"] = 5 }, incumbent));
        if (spec.Target == Babble)
        {
            Console.WriteLine("a library's last word");
        }
        return 0;
    }

    private static IncumbentResult? Incumbent(TrainingSpec spec)
    {
        if (spec.IncumbentModelPath is not { } model)
        {
            return null;
        }
        Tell(new MetricEvent("incumbent_mae", File.ReadAllText(model).Length, 0));
        return new IncumbentResult(new Dictionary<string, double> { ["mae"] = 1 }, null, null);
    }

    private static string WriteModel(TrainingSpec spec)
    {
        var folder = Directory.CreateDirectory(System.IO.Path.Combine(spec.OutputFolder, "model")).FullName;
        File.WriteAllText(System.IO.Path.Combine(folder, "model.onnx"), ModelText);
        File.WriteAllText(
            System.IO.Path.Combine(folder, "MLmodel"),
            $"artifact_path: model\nrun_id: '{spec.RunId}'\nmodel_size_bytes: 17\n"
        );
        File.WriteAllLines(System.IO.Path.Combine(folder, "data.csv"), spec.Datasets.SelectMany(File.ReadAllLines));
        return folder;
    }

    private static async Task<int> WaitForParentAsync()
    {
        await Console.In.ReadToEndAsync();
        return 1;
    }

    private static void Tell(TrainingEvent message) =>
        Console.WriteLine(JsonSerializer.Serialize(message, RunnerJson.Default.TrainingEvent));
}
