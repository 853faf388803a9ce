using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Slipway.Registry.Benchmarks;

/// <summary>A server as its users run it: a process of its own on a free port. Disposing ends it.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);
    private readonly Process _process;

    private ServerProcess(Process process, Uri address) => (_process, Address) = (process, address);

    public Uri Address { get; }

    /// <summary>artifacts/bin/Registry.Benchmarks/release/ → artifacts/bin/Registry.Api/release/</summary>
    public static string RegistryFolder
    {
        get
        {
            var own = new DirectoryInfo(AppContext.BaseDirectory);
            return Path.Combine(own.Parent!.Parent!.FullName, "Registry.Api", own.Name);
        }
    }

    public static async Task<ServerProcess> StartAsync(
        string assembly,
        string folder,
        string readyPath,
        Func<string, string[]> arguments,
        CancellationToken ct
    )
    {
        var url = $"http://127.0.0.1:{FreePort()}";
        var start = new ProcessStartInfo("dotnet", [Path.Combine(folder, assembly), .. arguments(url)])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        var server = new ServerProcess(process, new Uri(url));
        using var http = new HttpClient { BaseAddress = server.Address };
        var began = TimeProvider.System.GetTimestamp();
        while (!await IsReadyAsync(http, readyPath, ct))
        {
            if (process.HasExited || TimeProvider.System.GetElapsedTime(began) > s_limit)
            {
                await server.DisposeAsync();
                throw new InvalidOperationException($"{assembly} did not start.");
            }
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, ct);
        }
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }
        _process.Dispose();
    }

    private static async Task<bool> IsReadyAsync(HttpClient http, string path, CancellationToken ct)
    {
        try
        {
            using var response = await http.GetAsync(new Uri(path, UriKind.Relative), ct);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            // Not listening yet.
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
