using Slipway.Inference.Benchmarks.Models;
using Slipway.Inference.Benchmarks.Report;
using Slipway.Inference.Engine.Batching;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Settings;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Benchmarks.Scenarios;

/// <summary>How exactly a lone request waits for company: the time in the queue beyond the configured delay, in this process.</summary>
internal static class QueueDelay
{
    private const int Requests = 1000;

    public static async Task RunAsync(BenchmarkOptions options, ResultPage page)
    {
        var folder = Directory.CreateTempSubdirectory("slipway-benchmark-");
        var file = Path.Combine(folder.FullName, "simple.onnx");
        await File.WriteAllBytesAsync(file, BenchmarkModels.Simple());
        var table = page.Add(
            "Delay of a batch",
            $"{Requests} requests one after the other: each waits the whole delay, since nobody joins it.",
            "configured µs",
            "p50 µs",
            "p99 µs",
            "over at p99 µs"
        );
        foreach (var delay in new[] { 200, 1000, 5000 })
        {
            var waited = await MeasureAsync(file, TimeSpan.FromMicroseconds(delay));
            table.Add(
                $"{delay}",
                Table.Number(waited[Requests / 2]),
                Table.Number(waited[Requests * 99 / 100]),
                Table.Number(waited[Requests * 99 / 100] - delay)
            );
        }

        folder.Delete(recursive: true);
    }

    private static async Task<double[]> MeasureAsync(string file, TimeSpan delay)
    {
        using var session = ModelSession.Load(file, new ModelSessionOptions());
        var settings = new ModelSettings { Batching = new BatchingSettings { MaxDelay = delay } };
        await using var batcher = new ModelBatcher(session, settings, true, new ModelLabels("simple", "1"), TimeProvider.System);
        var waited = new double[Requests];
        using var a = Tensor.Create("INPUT0", new int[16], 1, 16);
        using var b = Tensor.Create("INPUT1", new int[16], 1, 16);
        for (var i = -50; i < Requests; i++)
        {
            using var result = await batcher.InferAsync([a, b], default, CancellationToken.None);
            waited[Math.Max(0, i)] = result.QueueDuration.TotalMicroseconds;
        }

        Array.Sort(waited);
        return waited;
    }
}
