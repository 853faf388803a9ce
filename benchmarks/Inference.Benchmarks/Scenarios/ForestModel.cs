using System.Globalization;
using System.Text;
using Slipway.Inference.Benchmarks.Load;
using Slipway.Inference.Benchmarks.Models;
using Slipway.Inference.Benchmarks.Report;
using Slipway.Inference.Benchmarks.Servers;

namespace Slipway.Inference.Benchmarks.Scenarios;

/// <summary>A random forest by JSON, one row a request, beside the servers that people write themselves.</summary>
internal static class ForestModel
{
    private const string Us = "slipway";
    private static readonly int[] s_connections = [1, 16, 64];

    public static async Task RunAsync(BenchmarkOptions options, ResultPage page)
    {
        var trained = options.PeersFolder is { } folder ? Path.Combine(folder, "iris_rf.onnx") : null;
        var model = File.Exists(trained) ? await File.ReadAllBytesAsync(trained) : BenchmarkModels.Forest();
        await using var service = await RunningService.StartAsync(("forest", 1, model));
        var table = page.Add(
            "Random forest of 100 trees, one row a request, JSON",
            (File.Exists(trained) ? "scikit-learn's forest on iris. " : "A generated forest of the same size. ")
                + "Each server runs while the others are idle or ended; the peers take the same request.",
            "server",
            "connections",
            "requests/s",
            "slipway is faster by",
            "p50 µs",
            "p99 µs",
            "errors"
        );
        var peers = Peers.Find(options.PeersFolder);
        var rounds = new Rounds();
        var body = Encoding.UTF8.GetBytes(BenchmarkRequests.ForestInstances);
        foreach (var connections in s_connections)
        {
            rounds.Add(
                $"{Us} {connections}",
                () => Wrk.RunAsync($"{service.Url}/v1/models/forest:predict", body, connections, options.Seconds)
            );
            foreach (var peer in peers)
            {
                rounds.Add($"{peer.Name} {connections}", () => peer.MeasureAsync(body, connections, options.Seconds));
            }
        }

        // Until the methods of the path are compiled for good.
        await Wrk.RunAsync($"{service.Url}/v1/models/forest:predict", body, 16, 6);
        await rounds.RunAsync(options.Rounds);
        foreach (var connections in s_connections)
        {
            var ours = rounds[$"{Us} {connections}"];
            foreach (var name in peers.Select(peer => peer.Name).Prepend(Us))
            {
                var result = rounds[$"{name} {connections}"];
                table.Add(
                    name,
                    $"{connections}",
                    Table.Number(result.RequestsPerSecond),
                    (ours.RequestsPerSecond / result.RequestsPerSecond).ToString("0.00", CultureInfo.InvariantCulture) + " ×",
                    Table.Number(result.P50Microseconds),
                    Table.Number(result.P99Microseconds),
                    $"{result.Errors}"
                );
            }
        }
    }
}
