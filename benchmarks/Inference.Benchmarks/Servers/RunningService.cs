using System.Diagnostics;

namespace Slipway.Inference.Benchmarks.Servers;

/// <summary>The service in a process of its own, over a registry stub, with a data folder of its own.</summary>
internal sealed class RunningService : IAsyncDisposable
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
        Directory.Delete(Folder, recursive: true);
    }
}
