using System.Text;
using Slipway.Inference.Benchmarks.Models;
using Slipway.Inference.Benchmarks.Servers;

namespace Slipway.Inference.Benchmarks.Scenarios;

/// <summary>What goes on beside the steady load of a soak: versions that come and go, and callers that do not wait for their answers.</summary>
internal sealed class SoakSideLoad(RunningService service) : IDisposable
{
    private const string Changing = "changing";
    private const int Width = 64;
    private static readonly TimeSpan s_swapInterval = TimeSpan.FromSeconds(5);
    private readonly HttpClient _client = new();
    private readonly byte[] _slow = Encoding.UTF8.GetBytes(BenchmarkRequests.DenseJson(Width));
    private int _version = 1;

    public long Loads { get; private set; }

    public long Cancelled { get; private set; }

    /// <summary>Answers that are neither a success nor what the caller asked for by going away.</summary>
    public long Errors { get; private set; }

    public static (string Name, int Version, byte[] Bytes)[] Models(int version) =>
        [
            ("simple", 1, BenchmarkModels.Simple()),
            ("forest", 1, BenchmarkModels.Forest()),
            (Changing, version, BenchmarkModels.Dense(version % 4, rows: -1, Width, 1024, 1024, 8)),
        ];

    public Task RunAsync(CancellationToken ct) => Task.WhenAll(SwapAsync(ct), CancelAsync(ct));

    public void Dispose() => _client.Dispose();

    // Another version every few seconds: it is loaded, takes over, and the one before is unloaded.
    private async Task SwapAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            service.Registry.Serve(Models(++_version));
            Loads++;
            await Task.Delay(s_swapInterval, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task CancelAsync(CancellationToken ct)
    {
        var random = new Random(5);
        while (!ct.IsCancellationRequested)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(random.NextDouble() * 4));
            using var body = new ByteArrayContent(_slow);
            try
            {
                using var answer = await _client.PostAsync($"{service.Url}/v2/models/{Changing}/infer", body, patience.Token);
                Errors += answer.IsSuccessStatusCode ? 0 : 1;
            }
            catch (OperationCanceledException)
            {
                Cancelled++;
            }
            catch (HttpRequestException)
            {
                Errors++;
            }

            await Task.Delay(20, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
