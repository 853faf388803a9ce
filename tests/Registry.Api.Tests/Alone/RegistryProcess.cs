using System.Diagnostics;
using System.Globalization;
using Slipway.Contracts.Mlflow;
using Slipway.Testing;

namespace Slipway.Registry.Api.Tests.Alone;

/// <summary>The registry's program as a user starts it: a process of its own, with a PostgreSQL of its own.</summary>
internal sealed class RegistryProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(90);
    private readonly Process _process;

    private RegistryProcess(Process process, Uri address, int postgresId)
    {
        _process = process;
        PostgresId = postgresId;
        Http = new HttpClient { BaseAddress = address };
        Mlflow = new MlflowClient(Http);
    }

    public HttpClient Http { get; }

    public MlflowClient Mlflow { get; }

    public int Id => _process.Id;

    /// <summary>The process id of its PostgreSQL when it started.</summary>
    public int PostgresId { get; }

    /// <summary>Starts it on a free port and waits until it listens; it is to answer from then on.</summary>
    public static async Task<RegistryProcess> StartAsync(string data, params string[] args)
    {
        var process = Run(["--data", data, "--urls", "http://127.0.0.1:0", .. args]);
        const string Listening = "Now listening on: ";
        var output = new List<string>();
        while (await process.StandardOutput.ReadLineAsync().WaitAsync(s_limit) is { } line)
        {
            output.Add(line);
            if (line.IndexOf(Listening, StringComparison.Ordinal) is var at && at >= 0)
            {
                _ = process.StandardOutput.ReadToEndAsync();
                _ = process.StandardError.ReadToEndAsync();
                return new RegistryProcess(process, new Uri(line[(at + Listening.Length)..]), ReadPostgresId(data));
            }
        }
        throw new InvalidOperationException(
            $"The registry did not start: {string.Join('\n', output)}\n{await process.StandardError.ReadToEndAsync()}"
        );
    }

    /// <summary>Runs it to its end: the exit code and what it wrote to its error output.</summary>
    public static async Task<(int ExitCode, string Errors)> RunToEndAsync(params string[] args)
    {
        using var process = Run(args);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync().WaitAsync(s_limit);
        await output;
        await process.WaitForExitAsync();
        return (process.ExitCode, errors);
    }

    /// <summary>The process id that PostgreSQL has written down.</summary>
    public static int ReadPostgresId(string data) =>
        int.Parse(
            File.ReadLines(Directory.EnumerateFiles(data, "postmaster.pid", SearchOption.AllDirectories).Single()).First(),
            CultureInfo.InvariantCulture
        );

    public static bool IsRunning(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    public static async Task SignalAsync(int processId, string signal)
    {
        using var kill = Process.Start("kill", ["-s", signal, processId.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Sends a signal and waits for the end.</summary>
    public async Task<int> EndAsync(string signal)
    {
        await SignalAsync(Id, signal);
        await _process.WaitForExitAsync().WaitAsync(s_limit);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_process.HasExited)
        {
            await EndAsync("TERM");
        }
        _process.Dispose();
        // Its folder is deleted next: nothing may write there any more.
        await Eventually.TrueAsync(() => !IsRunning(PostgresId));
    }

    private static Process Run(IReadOnlyList<string> args)
    {
        // artifacts/bin/Registry.Api.Tests/<configuration>/ → artifacts/bin/Registry.Api/<configuration>/
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        var program = Path.Combine(own.Parent!.Parent!.FullName, "Registry.Api", own.Name, "Registry.Api.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. args]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("ConnectionStrings", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }
        return Process.Start(start)!;
    }
}
