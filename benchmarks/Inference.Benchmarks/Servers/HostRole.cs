using Slipway.Inference.Benchmarks.Models;

namespace Slipway.Inference.Benchmarks.Servers;

/// <summary>The measured service with its models, to be looked at with a profiler while load is sent by hand.</summary>
internal static class HostRole
{
    public static async Task<int> RunAsync()
    {
        await using var service = await RunningService.StartAsync(
            ("simple", 1, BenchmarkModels.Simple()),
            ("forest", 1, BenchmarkModels.Forest()),
            ("dense", 1, BenchmarkModels.Dense(seed: 1, rows: 1, 256, 4096, 4096, 64)),
            ("batched", 1, BenchmarkModels.Dense(seed: 2, rows: -1, 256, 2048, 2048, 64))
        );
        Console.WriteLine($"process {service.Process.Id}, {service.Url} and {service.GrpcUrl}; end with Enter");
        await Console.In.ReadLineAsync();
        return 0;
    }
}
