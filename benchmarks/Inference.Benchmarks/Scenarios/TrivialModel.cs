using System.Globalization;
using System.Text;
using Slipway.Inference.Benchmarks.Load;
using Slipway.Inference.Benchmarks.Models;
using Slipway.Inference.Benchmarks.Report;
using Slipway.Inference.Benchmarks.Servers;

namespace Slipway.Inference.Benchmarks.Scenarios;

/// <summary>What the service adds around a model that takes microseconds.</summary>
internal static class TrivialModel
{
    private const int WarmUpSeconds = 10;
    private const int SteadySeconds = 60;
    private static readonly int[] s_connections = [1, 16, 64];
    private static readonly string[] s_targets = ["empty", "json", "json-unlogged", "binary"];
    private static readonly string[] s_grpcTargets = ["grpc", "grpc-unlogged"];

    public static async Task RunAsync(BenchmarkOptions options, ResultPage page)
    {
        var emptyPort = Children.FreePort();
        var empty = Children.StartRole(null, "empty", $"{emptyPort}");
        await using var service = await RunningService.StartAsync(("simple", 1, BenchmarkModels.Simple()));
        try
        {
            await Children.ReadyAsync(empty, $"http://127.0.0.1:{emptyPort}/health/ready");
            var rounds = Plan(options, service, $"http://127.0.0.1:{emptyPort}");
            await WarmUpAsync(service);
            await rounds.RunAsync(options.Rounds);
            Write(page, rounds, service);
            await SteadyAsync(page, service);
        }
        finally
        {
            await Children.EndAsync(empty);
        }
    }

    // Until the methods of the path are compiled for good, which takes tens of thousands of requests.
    private static async Task WarmUpAsync(RunningService service)
    {
        var json = Encoding.UTF8.GetBytes(BenchmarkRequests.SimpleJson);
        await Wrk.RunAsync($"{service.Url}/v2/models/simple/infer", json, 16, WarmUpSeconds);
        if (service.HasBinary)
        {
            await H2Load.RunAsync(service.GrpcUrl, BenchmarkRequests.SimpleGrpc("simple"), 4, 16, WarmUpSeconds);
        }
    }

    private static async Task SteadyAsync(ResultPage page, RunningService service)
    {
        var before = await service.CollectionsAsync();
        var json = Encoding.UTF8.GetBytes(BenchmarkRequests.SimpleJson);
        var load = await Wrk.RunAsync($"{service.Url}/v2/models/simple/infer", json, 16, SteadySeconds);
        var after = await service.CollectionsAsync();
        var table = page.Add(
            "Collections",
            $"Garbage collections of the service in {SteadySeconds} seconds of JSON over 16 connections, logged.",
            "requests/s",
            "gen 0",
            "gen 1",
            "gen 2",
            "resident MiB"
        );
        table.Add(
            Table.Number(load.RequestsPerSecond),
            $"{after[0] - before[0]}",
            $"{after[1] - before[1]}",
            $"{after[2] - before[2]}",
            Table.Number(service.ResidentKilobytes() / 1024.0)
        );
    }

    private static Rounds Plan(BenchmarkOptions options, RunningService service, string emptyUrl)
    {
        var rounds = new Rounds();
        var json = Encoding.UTF8.GetBytes(BenchmarkRequests.SimpleJson);
        var (binary, headerBytes) = BenchmarkRequests.SimpleBinary();
        var unlogged = RegistryStub.Unlogged("simple");
        foreach (var connections in s_connections)
        {
            Task<LoadResult> Http(string url, byte[] body, params (string, string)[] headers) =>
                Wrk.RunAsync(url, body, connections, options.Seconds, headers);
            rounds.Add($"empty {connections}", () => Http($"{emptyUrl}/v2/models/simple/infer", json));
            rounds.Add($"json {connections}", () => Http($"{service.Url}/v2/models/simple/infer", json));
            rounds.Add($"json-unlogged {connections}", () => Http($"{service.Url}/v2/models/{unlogged}/infer", json));
            if (service.HasBinary)
            {
                rounds.Add(
                    $"binary {connections}",
                    () =>
                        Http(
                            $"{service.Url}/v2/models/simple/infer",
                            binary,
                            ("Inference-Header-Content-Length", headerBytes.ToString(CultureInfo.InvariantCulture)),
                            ("Content-Type", "application/octet-stream")
                        )
                );
            }
        }

        if (service.HasBinary)
        {
            rounds.Add("grpc", () => H2Load.RunAsync(service.GrpcUrl, BenchmarkRequests.SimpleGrpc("simple"), 4, 16, options.Seconds));
            rounds.Add(
                "grpc-unlogged",
                () => H2Load.RunAsync(service.GrpcUrl, BenchmarkRequests.SimpleGrpc(unlogged), 4, 16, options.Seconds)
            );
        }

        return rounds;
    }

    private static void Write(ResultPage page, Rounds rounds, RunningService service)
    {
        var table = page.Add(
            "Trivial model: two additions over [1,16]",
            "An empty Kestrel endpoint that reads the same body and writes 40 bytes is the limit. Requests per second; median and 99th percentile of the time in microseconds.",
            "target",
            "connections",
            "requests/s",
            "of empty",
            "p50 µs",
            "p99 µs",
            "added p50 µs",
            "errors"
        );
        foreach (var connections in s_connections)
        {
            var limit = rounds[$"empty {connections}"];
            foreach (var target in s_targets.Where(name => rounds.Has($"{name} {connections}")))
            {
                var result = rounds[$"{target} {connections}"];
                table.Add(
                    target,
                    $"{connections}",
                    Table.Number(result.RequestsPerSecond),
                    Table.Percent(result.RequestsPerSecond / limit.RequestsPerSecond),
                    Table.Number(result.P50Microseconds),
                    Table.Number(result.P99Microseconds),
                    Table.Number(result.P50Microseconds - limit.P50Microseconds),
                    $"{result.Errors}"
                );
            }
        }

        foreach (var target in s_grpcTargets.Where(rounds.Has))
        {
            var result = rounds[target];
            table.Add(target, "4 × 16", Table.Number(result.RequestsPerSecond), "", "", "", "", $"{result.Errors}");
        }

        var log = page.Add(
            "Prediction log",
            "The same requests to an endpoint with the log and to one without.",
            "target",
            "requests/s without",
            "requests/s with",
            "cost"
        );
        foreach (var (name, with, without) in Pairs(rounds))
        {
            log.Add(
                name,
                Table.Number(rounds[without].RequestsPerSecond),
                Table.Number(rounds[with].RequestsPerSecond),
                Table.Percent(1 - (rounds[with].RequestsPerSecond / rounds[without].RequestsPerSecond))
            );
        }

        log.Add("resident memory, MiB", "", Table.Number(service.ResidentKilobytes() / 1024.0), "");
    }

    private static IEnumerable<(string Name, string With, string Without)> Pairs(Rounds rounds) =>
        s_connections
            .Select(connections => ($"JSON, {connections} connections", $"json {connections}", $"json-unlogged {connections}"))
            .Append(("gRPC", "grpc", "grpc-unlogged"))
            .Where(pair => rounds.Has(pair.Item2));
}
