using System.Diagnostics;
using System.Text;
using Slipway.Inference.Benchmarks.Models;
using Slipway.Inference.Benchmarks.Report;
using Slipway.Inference.Benchmarks.Servers;

namespace Slipway.Inference.Benchmarks.Scenarios;

/// <summary>A new process whose model is in its cache already, from its start to its first answer.</summary>
internal static class ColdStart
{
    private const int Starts = 3;

    public static async Task RunAsync(BenchmarkOptions options, ResultPage page)
    {
        var model = BenchmarkModels.Dense(seed: 3, rows: -1, 64, 4096, 6144, 8);
        var service = await RunningService.StartAsync(("large", 1, model));
        await service.EndAsync();
        var table = page.Add(
            "Cold start",
            $"A process with a model of {model.Length >> 20} MiB in its cache: milliseconds since its start. Bytes are checked by SHA-256, the session is opened and warmed before the service is ready.",
            "start",
            "listens",
            "is ready",
            "has answered"
        );
        for (var i = 1; i <= Starts; i++)
        {
            var started = Stopwatch.GetTimestamp();
            var again = await RunningService.StartAsync(service.Registry, service.Folder);
            var ready = Stopwatch.GetElapsedTime(started);
            using var client = new HttpClient();
            using var body = new StringContent(BenchmarkRequests.DenseJson(64), Encoding.UTF8, "application/json");
            using var answer = await client.PostAsync($"{again.Url}/v2/models/large/infer", body);
            answer.EnsureSuccessStatusCode();
            table.Add(
                $"{i}",
                Table.Number(again.ListenTime.TotalMilliseconds),
                Table.Number(ready.TotalMilliseconds),
                Table.Number(Stopwatch.GetElapsedTime(started).TotalMilliseconds)
            );
            await again.EndAsync();
        }

        await service.DisposeAsync();
    }
}
