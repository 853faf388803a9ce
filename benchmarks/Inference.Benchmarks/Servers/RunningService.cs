using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Slipway.Inference.Benchmarks.Servers;

/// <summary>The service in a process of its own, over a registry stub, with a data folder of its own.</summary>
internal sealed partial class RunningService : IAsyncDisposable
{
    private bool _hasEnded;

    private RunningService(RegistryStub registry, Process process, string folder, int port, int grpcPort)
    {
        Registry = registry;
        Process = process;
        Folder = folder;
        Url = $"http://127.0.0.1:{port}";
        GrpcUrl = $"http://127.0.0.1:{grpcPort}";
    }

    public RegistryStub Registry { get; }

    public Process Process { get; }

    public string Folder { get; }

    public string Url { get; }

    public string GrpcUrl { get; }

    /// <summary>From the start of the process until it answered at all.</summary>
    public TimeSpan ListenTime { get; private set; }

    /// <summary>Whether the service has the binary tensor extension and gRPC.</summary>
    public bool HasBinary { get; private set; }

    public static async Task<RunningService> StartAsync(params (string Name, int Version, byte[] Bytes)[] models)
    {
        var registry = await RegistryStub.StartAsync();
        registry.Serve(models);
        return await StartAsync(registry, Directory.CreateTempSubdirectory("slipway-benchmark-").FullName);
    }

    public static async Task<RunningService> StartAsync(RegistryStub registry, string folder)
    {
        var (port, grpcPort) = (Children.FreePort(), Children.FreePort());
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Kestrel__Endpoints__Http__Url"] = $"http://127.0.0.1:{port}",
            ["Kestrel__Endpoints__Http__Protocols"] = "Http1",
            ["Kestrel__Endpoints__Grpc__Url"] = $"http://127.0.0.1:{grpcPort}",
            ["Kestrel__Endpoints__Grpc__Protocols"] = "Http2",
            ["Inference__Grpc__Port"] = $"{grpcPort}",
            ["services__registry__http__0"] = registry.Url,
            ["Slipway__DataPath"] = folder,
        };
        var process = Children.StartRole(environment, "serve");
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        var service = new RunningService(registry, process, folder, port, grpcPort);
        service.ListenTime = await Children.ReadyAsync(process, service.Url + "/health/live");
        await Children.ReadyAsync(process, service.Url + "/health/ready");
        using var client = new HttpClient();
        var server = await client.GetStringAsync(service.Url + "/v2");
        service.HasBinary = server.Contains("binary_tensor_data", StringComparison.Ordinal);
        return service;
    }

    /// <summary>Kilobytes of memory that the process holds now.</summary>
    public long ResidentKilobytes()
    {
        Process.Refresh();
        return Process.WorkingSet64 / 1024;
    }

    /// <summary>Collections of generations 0, 1 and 2 since the process began.</summary>
    public async Task<long[]> CollectionsAsync()
    {
        using var client = new HttpClient();
        var metrics = await client.GetStringAsync(Url + "/metrics");
        var counts = new long[3];
        foreach (Match match in Collections().Matches(metrics))
        {
            counts[match.Groups[1].Value[0] - '0'] = long.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture);
        }

        return counts;
    }

    /// <summary>Ends the process, and leaves the registry and the folder for another.</summary>
    public async Task EndAsync()
    {
        if (!_hasEnded)
        {
            _hasEnded = true;
            await Children.EndAsync(Process);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        await Registry.DisposeAsync();
        try
        {
            Directory.Delete(Folder, recursive: true);
        }
        catch (IOException e)
        {
            // What was measured is worth more than a clean temporary folder.
            Console.Error.WriteLine($"{Folder} was not deleted: {e.Message}");
        }
    }

    [GeneratedRegex(@"gc_collections\w*\{[^}]*gen([012])[^}]*\} (\d+)")]
    private static partial Regex Collections();
}
