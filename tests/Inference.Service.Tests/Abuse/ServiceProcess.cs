using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Slipway.Testing;

namespace Slipway.Inference.Service.Tests.Abuse;

/// <summary>The service over a folder of models as a process of its own: what it does to memory, connections and signals can be seen from outside alone.</summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_stopLimit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Task<string> _output;

    private ServiceProcess(Process process, int httpPort, int grpcPort)
    {
        _process = process;
        _output = ReadAsync(process);
        HttpPort = httpPort;
        GrpcUrl = new Uri($"http://127.0.0.1:{grpcPort}");
        Client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{httpPort}") };
    }

    public HttpClient Client { get; }

    public int HttpPort { get; }

    public Uri GrpcUrl { get; }

    public bool HasExited => _process.HasExited;

    /// <summary>Resident memory now.</summary>
    public long MemoryBytes =>
        long.Parse(
            File.ReadLines($"/proc/{_process.Id}/status")
                .First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture
        ) * 1024;

    /// <summary>Open files, connections among them.</summary>
    public int FileCount => Directory.GetFileSystemEntries($"/proc/{_process.Id}/fd").Length;

    public static async Task<ServiceProcess> StartAsync(string repository, params string[] arguments)
    {
        var (http, grpc, metrics) = (FreePort(), FreePort(), FreePort());
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (
            var argument in (string[])
                [
                    Path.Combine(AppContext.BaseDirectory, "Inference.Service.dll"),
                    "--model-repository",
                    repository,
                    "--http-address",
                    "127.0.0.1",
                    "--http-port",
                    $"{http}",
                    "--grpc-port",
                    $"{grpc}",
                    "--metrics-port",
                    $"{metrics}",
                    .. arguments,
                ]
        )
        {
            start.ArgumentList.Add(argument);
        }
        var service = new ServiceProcess(Process.Start(start)!, http, grpc);
        try
        {
            await Eventually.TrueAsync(service.IsReadyAsync, s_startLimit);
            return service;
        }
        catch (Exception e)
        {
            await service.DisposeAsync();
            throw new InvalidOperationException($"the service did not start: {await service._output}", e);
        }
    }

    public async Task<(int Status, string Body)> PostAsync(string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await Client.PostAsync(new Uri(path, UriKind.Relative), content);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Opens a connection.</summary>
    public async Task<TcpClient> ConnectAsync()
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, HttpPort);
        return client;
    }

    /// <summary>Waits until no prediction is under way.</summary>
    public Task IsIdleAsync() =>
        Eventually.TrueAsync(async () =>
            (await Client.GetStringAsync(new Uri("metrics", UriKind.Relative))).Contains(
                "slipway_inference_active_requests 0\n",
                StringComparison.Ordinal
            )
        );

    /// <summary>Asks the process to end, as whoever runs containers does; gives its exit code and what it wrote.</summary>
    public async Task<(int ExitCode, string Output)> TerminateAsync()
    {
        Terminate();
        using var limit = new CancellationTokenSource(s_stopLimit);
        await _process.WaitForExitAsync(limit.Token);
        return (_process.ExitCode, await _output);
    }

    /// <summary>Sends the signal, and does not wait.</summary>
    public void Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task<bool> IsReadyAsync()
    {
        if (_process.HasExited)
        {
            throw new InvalidOperationException($"exit code {_process.ExitCode}");
        }
        try
        {
            using var response = await Client.GetAsync(new Uri("v2/health/ready", UriKind.Relative));
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task<string> ReadAsync(Process process)
    {
        var errors = process.StandardError.ReadToEndAsync();
        return await process.StandardOutput.ReadToEndAsync() + await errors;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
