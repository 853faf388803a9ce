using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Slipway.Inference.Benchmarks.Load;
using Slipway.Inference.Benchmarks.Models;
using Slipway.Inference.Benchmarks.Report;
using Slipway.Inference.Benchmarks.Servers;

namespace Slipway.Inference.Benchmarks.Scenarios;

/// <summary>Steady load by every protocol for a long time: memory has to stay flat, and nothing may fail.</summary>
internal static partial class Soak
{
    private const int WindowSeconds = 10;

    public static async Task<int> RunAsync(BenchmarkOptions options, TimeSpan time)
    {
        var page = new ResultPage(
            "Soak",
            $"dotnet run -c Release --project benchmarks/Inference.Benchmarks -- --soak {time.TotalMinutes:0}m"
        );
        await using var service = await RunningService.StartAsync(
            ("simple", 1, BenchmarkModels.Simple()),
            ("forest", 1, BenchmarkModels.Forest())
        );
        var windows = page.Add(
            "Windows of ten seconds",
            "Two connections of JSON and two of binary tensors, and one of gRPC with four streams, at the same time; the prediction log is on. Resident memory and collections at the end of each window.",
            "s",
            "JSON/s",
            "binary/s",
            "gRPC/s",
            "p99 JSON µs",
            "errors",
            "resident MiB",
            "gen 0",
            "gen 1",
            "gen 2"
        );
        var samples = new List<(double ResidentMib, long Errors)>();
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < time)
        {
            var (json, binary, grpc) = await LoadAsync(service);
            var collections = await CollectionsAsync(service);
            var resident = service.ResidentKilobytes() / 1024.0;
            var errors = json.Errors + (binary?.Errors ?? 0) + (grpc?.Errors ?? 0);
            samples.Add((resident, errors));
            windows.Add(
                Table.Number(Stopwatch.GetElapsedTime(started).TotalSeconds),
                Table.Number(json.RequestsPerSecond),
                Table.Number(binary?.RequestsPerSecond),
                Table.Number(grpc?.RequestsPerSecond),
                Table.Number(json.P99Microseconds),
                $"{errors}",
                Table.Number(resident),
                collections[0],
                collections[1],
                collections[2]
            );
            Summarise(options, time, samples, page);
        }

        return samples.Sum(sample => sample.Errors) == 0 ? 0 : 1;
    }

    private static async Task<(LoadResult Json, LoadResult? Binary, LoadResult? Grpc)> LoadAsync(RunningService service)
    {
        var json = Wrk.RunAsync(
            $"{service.Url}/v1/models/forest:predict",
            Encoding.UTF8.GetBytes(BenchmarkRequests.ForestInstances),
            2,
            WindowSeconds
        );
        if (!service.HasBinary)
        {
            return (await json, null, null);
        }

        var (body, headerBytes) = BenchmarkRequests.SimpleBinary();
        var binary = Wrk.RunAsync(
            $"{service.Url}/v2/models/simple/infer",
            body,
            2,
            WindowSeconds,
            ("Inference-Header-Content-Length", headerBytes.ToString(CultureInfo.InvariantCulture))
        );
        var grpc = H2Load.RunAsync(service.GrpcUrl, BenchmarkRequests.SimpleGrpc("simple"), 1, 4, WindowSeconds - 1);
        return (await json, await binary, await grpc);
    }

    // Written after every window: a soak that is broken off leaves what it saw.
    private static void Summarise(BenchmarkOptions options, TimeSpan time, List<(double ResidentMib, long Errors)> samples, ResultPage page)
    {
        var quarter = Math.Max(1, samples.Count / 4);
        var early = LoadResult.MedianOf(
            samples.Skip(samples.Count > quarter ? quarter : 0).Take(quarter).Select(sample => sample.ResidentMib)
        );
        var late = LoadResult.MedianOf(samples.TakeLast(quarter).Select(sample => sample.ResidentMib));
        page.Summary = string.Create(
            CultureInfo.InvariantCulture,
            $"{samples.Count * WindowSeconds / 60.0:0.0} of {time.TotalMinutes:0.0} minutes under load: {samples.Sum(sample => sample.Errors)} errors; resident memory {early:0} MiB in the second quarter, {late:0} MiB in the last."
        );
        page.Save(options.ResultsFolder, "soak.md");
    }

    private static async Task<string[]> CollectionsAsync(RunningService service)
    {
        using var client = new HttpClient();
        var metrics = await client.GetStringAsync(service.Url + "/metrics");
        var counts = new[] { "", "", "" };
        foreach (Match match in Collections().Matches(metrics))
        {
            counts[match.Groups[1].Value[0] - '0'] = match.Groups[2].Value;
        }

        return counts;
    }

    [GeneratedRegex(@"gc_collections\w*\{[^}]*gen([012])[^}]*\} (\d+)")]
    private static partial Regex Collections();
}
