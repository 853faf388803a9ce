using Slipway.Inference.Benchmarks.Report;

namespace Slipway.Inference.Benchmarks.Scenarios;

/// <summary>The comparison: the service beside the bare runtime, an empty endpoint and the peers, in one run on one machine.</summary>
internal static class Comparison
{
    public static async Task<int> RunAsync(BenchmarkOptions options)
    {
        var page = new ResultPage(
            "Inference",
            $"dotnet run -c Release --project benchmarks/Inference.Benchmarks -- --rounds {options.Rounds} --seconds {options.Seconds}{(options.PeersFolder is null ? "" : " --peers FOLDER")}"
        );
        (string Name, Func<BenchmarkOptions, ResultPage, Task> Run)[] parts =
        [
            ("trivial", TrivialModel.RunAsync),
            ("forest", ForestModel.RunAsync),
            ("compute", ComputeModel.RunAsync),
            ("batching", BatchedModel.RunAsync),
            ("delay", QueueDelay.RunAsync),
            ("swap", HotSwap.RunAsync),
            ("cold", ColdStart.RunAsync),
        ];
        foreach (var part in parts.Where(part => options.Includes(part.Name)))
        {
            await part.Run(options, page);
            // After each part: one that fails leaves those before it. A part alone must not take the place of the whole page.
            page.Save(options.ResultsFolder, options.Only.Count == 0 ? "inference.md" : $"inference-{string.Join("-", options.Only)}.md");
        }

        return 0;
    }
}
