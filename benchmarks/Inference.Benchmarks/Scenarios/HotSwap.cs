using System.Text;
using Slipway.Inference.Benchmarks.Load;
using Slipway.Inference.Benchmarks.Models;
using Slipway.Inference.Benchmarks.Report;
using Slipway.Inference.Benchmarks.Servers;

namespace Slipway.Inference.Benchmarks.Scenarios;

/// <summary>New versions take the place of the one that serves while every connection is busy: no request may fail.</summary>
internal static class HotSwap
{
    private const int Swaps = 4;
    private const int Seconds = 10;

    public static async Task RunAsync(BenchmarkOptions options, ResultPage page)
    {
        await using var service = await RunningService.StartAsync(("dense", 1, Version(1)));
        var body = Encoding.UTF8.GetBytes(BenchmarkRequests.DenseJson(64));
        var url = $"{service.Url}/v2/models/dense/infer";
        await Wrk.RunAsync(url, body, 16, 2);
        var calm = await Wrk.RunAsync(url, body, 16, Seconds);
        var load = Wrk.RunAsync(url, body, 16, Seconds);
        for (var version = 2; version < 2 + Swaps; version++)
        {
            await Task.Delay(TimeSpan.FromSeconds(Seconds / (Swaps + 1.0)));
            service.Registry.Serve(("dense", version, Version(version)));
        }

        var swapped = await load;
        using var client = new HttpClient();
        var served = await client.GetStringAsync($"{service.Url}/v2/models/dense");
        var table = page.Add(
            "Hot swap under load",
            $"16 connections; {Swaps} new versions of 25 MB within {Seconds} seconds. At the end the service names: `{served[..Math.Min(120, served.Length)]}`.",
            "",
            "requests/s",
            "p50 µs",
            "p99 µs",
            "failed requests"
        );
        foreach (var (name, result) in new[] { ("no swap", calm), ($"{Swaps} swaps", swapped) })
        {
            table.Add(
                name,
                Table.Number(result.RequestsPerSecond),
                Table.Number(result.P50Microseconds),
                Table.Number(result.P99Microseconds),
                $"{result.Errors}"
            );
        }
    }

    private static byte[] Version(int seed) => BenchmarkModels.Dense(seed, rows: -1, 64, 2048, 3072, 8);
}
