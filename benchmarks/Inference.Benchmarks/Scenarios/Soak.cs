using System.Diagnostics;
using System.Globalization;
using System.Text;
using Slipway.Inference.Benchmarks.Load;
using Slipway.Inference.Benchmarks.Models;
using Slipway.Inference.Benchmarks.Report;
using Slipway.Inference.Benchmarks.Servers;

namespace Slipway.Inference.Benchmarks.Scenarios;

/// <summary>Steady load by every protocol for a long time: memory has to stay flat, and nothing may fail.</summary>
internal static class Soak
{
    private static readonly TimeSpan s_longWindow = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_shortWindow = TimeSpan.FromSeconds(10);

    public static async Task<int> RunAsync(BenchmarkOptions options, TimeSpan time)
    {
        var page = new ResultPage(
            "Soak",
            $"dotnet run -c Release --project benchmarks/Inference.Benchmarks -- --soak {time.TotalMinutes:0}m"
        );
        var windowSeconds = (int)(time >= 5 * s_longWindow ? s_longWindow : s_shortWindow).TotalSeconds;
        await using var service = await RunningService.StartAsync(SoakSideLoad.Models(1));
        using var side = new SoakSideLoad(service);
        var windows = page.Add(
            $"Windows of {windowSeconds} seconds",
            "Two connections of JSON and two of binary tensors, and one of gRPC with four streams, at the same time; every five seconds a new version of a third model is loaded and the one "
                + "before unloaded, and a caller gives most of its requests up. The prediction log is on. Resident memory and collections at the end of each window.",
            "s",
            "JSON/s",
            "binary/s",
            "gRPC/s",
            "p99 JSON µs",
            "loads",
            "given up",
            "errors",
            "resident MiB",
            "gen 0",
            "gen 1",
            "gen 2"
        );
        var samples = new List<(double ResidentMib, long Errors)>();
        await AddAsync(windows, service, 0, null, side, 0);
        samples.Add((service.ResidentKilobytes() / 1024.0, 0));
        using var end = new CancellationTokenSource();
        var beside = side.RunAsync(end.Token);
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < time)
        {
            var sideErrors = side.Errors;
            var load = await LoadAsync(service, windowSeconds);
            var errors = load.Json.Errors + (load.Binary?.Errors ?? 0) + (load.Grpc?.Errors ?? 0) + side.Errors - sideErrors;
            var resident = await AddAsync(windows, service, Stopwatch.GetElapsedTime(started).TotalSeconds, load, side, errors);
            samples.Add((resident, errors));
            Summarise(options, time, Stopwatch.GetElapsedTime(started), samples, page);
        }

        await end.CancelAsync();
        await beside;
        return samples.Sum(sample => sample.Errors) == 0 ? 0 : 1;
    }

    private static async Task<double> AddAsync(
        Table windows,
        RunningService service,
        double seconds,
        (LoadResult Json, LoadResult? Binary, LoadResult? Grpc)? load,
        SoakSideLoad side,
        long errors
    )
    {
        var collections = await service.CollectionsAsync();
        var resident = service.ResidentKilobytes() / 1024.0;
        windows.Add(
            Table.Number(seconds),
            Table.Number(load?.Json.RequestsPerSecond),
            Table.Number(load?.Binary?.RequestsPerSecond),
            Table.Number(load?.Grpc?.RequestsPerSecond),
            Table.Number(load?.Json.P99Microseconds),
            $"{side.Loads}",
            $"{side.Cancelled}",
            $"{errors}",
            Table.Number(resident),
            $"{collections[0]}",
            $"{collections[1]}",
            $"{collections[2]}"
        );
        return resident;
    }

    private static async Task<(LoadResult Json, LoadResult? Binary, LoadResult? Grpc)> LoadAsync(RunningService service, int windowSeconds)
    {
        var json = Wrk.RunAsync(
            $"{service.Url}/v1/models/forest:predict",
            Encoding.UTF8.GetBytes(BenchmarkRequests.ForestInstances),
            2,
            windowSeconds
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
            windowSeconds,
            ("Inference-Header-Content-Length", headerBytes.ToString(CultureInfo.InvariantCulture))
        );
        var grpc = H2Load.RunAsync(service.GrpcUrl, BenchmarkRequests.SimpleGrpc("simple"), 1, 4, windowSeconds - 1);
        return (await json, await binary, await grpc);
    }

    // Written after every window: a soak that is broken off leaves what it saw.
    private static void Summarise(
        BenchmarkOptions options,
        TimeSpan time,
        TimeSpan passed,
        List<(double ResidentMib, long Errors)> samples,
        ResultPage page
    )
    {
        var quarter = Math.Max(1, samples.Count / 4);
        var early = LoadResult.MedianOf(
            samples.Skip(samples.Count > quarter ? quarter : 0).Take(quarter).Select(sample => sample.ResidentMib)
        );
        var late = LoadResult.MedianOf(samples.TakeLast(quarter).Select(sample => sample.ResidentMib));
        page.Summary = string.Create(
            CultureInfo.InvariantCulture,
            $"{passed.TotalMinutes:0.0} of {time.TotalMinutes:0.0} minutes under load: {samples.Sum(sample => sample.Errors)} errors; resident memory {samples[0].ResidentMib:0} MiB at the start, {early:0} MiB in the second quarter, {late:0} MiB in the last."
        );
        page.Save(options.ResultsFolder, "soak.md");
    }
}
