using System.Globalization;
using System.Text;
using Slipway.Inference.Benchmarks.Load;
using Slipway.Inference.Benchmarks.Models;
using Slipway.Inference.Benchmarks.Report;
using Slipway.Inference.Benchmarks.Servers;

namespace Slipway.Inference.Benchmarks.Scenarios;

/// <summary>A model that gains from batches: how much of the gain single requests of many callers get.</summary>
internal static class BatchedModel
{
    private const int Width = 256;

    public static async Task RunAsync(BenchmarkOptions options, ResultPage page)
    {
        var model = BenchmarkModels.Dense(seed: 2, rows: -1, Width, 4096, 4096, 64);
        await using var service = await RunningService.StartAsync(("batched", 1, model));
        var file = Path.Combine(service.Folder, "batched.onnx");
        await File.WriteAllBytesAsync(file, model);
        var rounds = new Rounds();
        rounds.Add("raw 1", () => ComputeModel.AsLoad(RawRuns.BestAsync(file, 1, Math.Max(1, options.Seconds / 2))));
        rounds.Add("raw 32", () => ComputeModel.AsLoad(RawRuns.BestAsync(file, 32, Math.Max(1, options.Seconds / 2))));
        var (body, headerBytes) = BenchmarkRequests.DenseBinary(Width);
        (string, string)[] headers = [("Inference-Header-Content-Length", headerBytes.ToString(CultureInfo.InvariantCulture))];
        if (!service.HasBinary)
        {
            (body, headers) = (Encoding.UTF8.GetBytes(BenchmarkRequests.DenseJson(Width)), []);
        }

        foreach (var connections in new[] { 1, 16, 64 })
        {
            rounds.Add(
                $"{connections}",
                () => Wrk.RunAsync($"{service.Url}/v2/models/batched/infer", body, connections, options.Seconds, headers)
            );
        }

        await rounds.RunAsync(options.Rounds);
        var gain = rounds["raw 32"].RequestsPerSecond / rounds["raw 1"].RequestsPerSecond;
        var table = page.Add(
            "Batching",
            $"Dense layers {Width}-4096-4096-64. The bare runtime does {gain.ToString("0.00", CultureInfo.InvariantCulture)} times the rows per second at 32 rows a run that it does at one. Single requests, no delay configured.",
            "target",
            "rows/s",
            "gain over one row a run",
            "of the raw gain",
            "p50 µs",
            "p99 µs",
            "errors"
        );
        foreach (var target in new[] { "raw 1", "raw 32", "1", "16", "64" })
        {
            var result = rounds[target];
            var own = result.RequestsPerSecond / rounds["raw 1"].RequestsPerSecond;
            table.Add(
                char.IsDigit(target[0]) ? $"{target} connections" : $"bare runtime, {target[4..]} rows a run",
                Table.Number(result.RequestsPerSecond),
                own.ToString("0.00", CultureInfo.InvariantCulture) + " ×",
                Table.Percent(own / gain),
                Table.Number(result.P50Microseconds),
                Table.Number(result.P99Microseconds),
                $"{result.Errors}"
            );
        }
    }
}
