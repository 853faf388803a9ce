using System.Globalization;
using System.Text;
using Slipway.Inference.Benchmarks.Load;
using Slipway.Inference.Benchmarks.Models;
using Slipway.Inference.Benchmarks.Report;
using Slipway.Inference.Benchmarks.Servers;

namespace Slipway.Inference.Benchmarks.Scenarios;

/// <summary>A model that takes a millisecond or more and takes one row at a time: what the service leaves of the bare runtime's throughput.</summary>
internal static class ComputeModel
{
    private const int Width = 256;
    private static readonly string[] s_targets =
    [
        "raw",
        "JSON, 4 connections",
        "binary, 4 connections",
        "JSON, 16 connections",
        "binary, 16 connections",
        "gRPC, 2 × 8",
    ];

    public static async Task RunAsync(BenchmarkOptions options, ResultPage page)
    {
        var model = BenchmarkModels.Dense(seed: 1, rows: 1, Width, 4096, 4096, 64);
        await using var service = await RunningService.StartAsync(("dense", 1, model));
        var file = Path.Combine(service.Folder, "dense.onnx");
        await File.WriteAllBytesAsync(file, model);

        var rounds = new Rounds();
        rounds.Add("raw", async () => await AsLoad(RawRuns.BestAsync(file, 1, Math.Max(1, options.Seconds / 2))));
        foreach (var connections in new[] { 4, 16 })
        {
            var json = Encoding.UTF8.GetBytes(BenchmarkRequests.DenseJson(Width));
            rounds.Add(
                $"JSON, {connections} connections",
                () => Wrk.RunAsync($"{service.Url}/v2/models/dense/infer", json, connections, options.Seconds)
            );
            if (service.HasBinary)
            {
                var (binary, headerBytes) = BenchmarkRequests.DenseBinary(Width);
                var header = ("Inference-Header-Content-Length", headerBytes.ToString(CultureInfo.InvariantCulture));
                rounds.Add(
                    $"binary, {connections} connections",
                    () => Wrk.RunAsync($"{service.Url}/v2/models/dense/infer", binary, connections, options.Seconds, header)
                );
            }
        }

        if (service.HasBinary)
        {
            rounds.Add(
                "gRPC, 2 × 8",
                () => H2Load.RunAsync(service.GrpcUrl, BenchmarkRequests.DenseGrpc("dense", Width), 2, 8, options.Seconds)
            );
        }

        await rounds.RunAsync(options.Rounds);
        Write(page, rounds);
    }

    public static async Task<LoadResult> AsLoad(Task<RawRuns> runs)
    {
        var raw = await runs;
        return new LoadResult(raw.RowsPerSecond, raw.RunMicroseconds, null, 0);
    }

    private static void Write(ResultPage page, Rounds rounds)
    {
        var limit = rounds["raw"];
        var table = page.Add(
            "A model of milliseconds, one row at a time",
            $"Dense layers {Width}-4096-4096-64 with a fixed first dimension. The bare runtime in a loop, at its best of one caller, two callers and one caller with two threads, is the limit.",
            "target",
            "requests/s",
            "of the bare runtime",
            "p50 µs",
            "p99 µs",
            "errors"
        );
        foreach (var target in s_targets.Where(rounds.Has))
        {
            var result = rounds[target];
            table.Add(
                target,
                Table.Number(result.RequestsPerSecond),
                Table.Percent(result.RequestsPerSecond / limit.RequestsPerSecond),
                Table.Number(result.P50Microseconds),
                Table.Number(result.P99Microseconds),
                $"{result.Errors}"
            );
        }
    }
}
