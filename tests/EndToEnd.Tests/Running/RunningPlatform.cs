using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Aspire.Hosting.Processes;
using Slipway.Testing;

namespace Slipway.EndToEnd.Tests.Running;

/// <summary>
/// The whole application, started as its user starts it, on free ports and with data of its own. Its processes are found by a variable that they
/// inherit, so what it leaves behind can be counted.
/// </summary>
internal sealed class RunningPlatform : IAsyncDisposable
{
    private const string MarkerVariable = "SLIPWAY_TEST_MARKER";
    private static readonly TimeSpan s_startLimit = TimeSpan.FromMinutes(3);
    private readonly HttpClient _http = new();
    private readonly TempFolder _data = new();
    private readonly string _marker = Guid.NewGuid().ToString("N");
    private readonly StringBuilder _output = new();
    private readonly Process _process;
    private readonly int _id;

    private RunningPlatform(IEnumerable<string> arguments)
    {
        _process = new Process
        {
            StartInfo = new ProcessStartInfo(
                "dotnet",
                [Repository.Program("AppHost"), "--ports", "dynamic", "--data", _data.Path, .. arguments]
            )
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment = { [MarkerVariable] = _marker },
            },
        };
        _process.OutputDataReceived += (_, e) => Append(e.Data);
        _process.ErrorDataReceived += (_, e) => Append(e.Data);
        _process.Start();
        _id = _process.Id;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Everything printed so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Starts AppHost and waits until it says that it is ready.</summary>
    public static async Task<RunningPlatform> StartAsync(params string[] arguments)
    {
        var platform = new RunningPlatform(arguments);
        try
        {
            await Eventually.TrueAsync(
                () => platform.Output.Contains("Slipway is ready", StringComparison.Ordinal) || platform._process.HasExited,
                s_startLimit,
                "AppHost says that it is ready"
            );
        }
        catch (TimeoutException e)
        {
            var output = platform.Output;
            await platform.DisposeAsync();
            throw new InvalidOperationException($"{e.Message}\n{output}", e);
        }
        Assert.False(platform._process.HasExited, platform.Output);
        return platform;
    }

    /// <summary>A resource as AppHost reports it now.</summary>
    public async Task<JsonObject> GetResourceAsync(string name)
    {
        var info = JsonNode.Parse(await File.ReadAllTextAsync(_data.Combine("run", "apphost.json")))!;
        var list = await _http.GetFromJsonAsync<JsonArray>(new Uri($"{(string)info["resourcesUrl"]!}/api/v1/resources"));
        return list!.Select(node => node!.AsObject()).Single(resource => (string?)resource["name"] == name);
    }

    /// <summary>The address of a service, ending in a slash.</summary>
    public async Task<Uri> GetUrlAsync(string name) => new((string)(await GetResourceAsync(name))["urls"]![0]! + "/");

    /// <summary>Kills a resource's process as nothing else can be killed: no handler runs.</summary>
    public async Task KillAsync(string name) => ProcessSignals.Send((int)(await GetResourceAsync(name))["pid"]!, UnixSignal.Kill);

    /// <summary>Waits until a resource has been restarted <paramref name="restarts"/> times and is healthy again.</summary>
    public Task WaitUntilRestartedAsync(string name, int restarts) =>
        Eventually.TrueAsync(
            async () =>
            {
                var resource = await GetResourceAsync(name);
                return (int)resource["restarts"]! >= restarts && (string?)resource["health"] == "Healthy";
            },
            TimeSpan.FromMinutes(2),
            $"{name} is healthy again after restart {restarts}"
        );

    /// <summary>Tells the story against this platform and gives what it printed.</summary>
    public async Task<CommandResult> RunQuickstartAsync(params string[] arguments) =>
        await Command.RunAsync(
            "dotnet",
            [Repository.Program("Quickstart"), .. await QuickstartUrlsAsync(), .. arguments],
            TimeSpan.FromMinutes(8)
        );

    /// <summary>Every living process that AppHost started, itself aside.</summary>
    public IReadOnlyList<string> Descendants()
    {
        var found = new List<string>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) || id == _id)
            {
                continue;
            }
            try
            {
                // PostgreSQL writes its title over its environment: it is found by the folder that it works in.
                var environment = File.ReadAllText(Path.Combine(folder, "environ"));
                var working = new DirectoryInfo(Path.Combine(folder, "cwd")).LinkTarget ?? "";
                if (environment.Contains(_marker, StringComparison.Ordinal) || working.StartsWith(_data.Path, StringComparison.Ordinal))
                {
                    found.Add($"{id} {File.ReadAllText(Path.Combine(folder, "cmdline")).Replace('\0', ' ')}");
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It ended while it was looked at.
            }
        }
        return found;
    }

    /// <summary>Presses Ctrl-C, as far as a signal can, and gives the exit code.</summary>
    public Task<int> InterruptAsync() => SignalAsync(UnixSignal.Interrupt);

    /// <summary>Kills AppHost itself, so that it cannot stop anything.</summary>
    public Task<int> KillAppHostAsync() => SignalAsync(UnixSignal.Kill);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await SignalAsync(UnixSignal.Terminate);
        }
        _process.Dispose();
        _http.Dispose();
        await Eventually.TrueAsync(() => Descendants().Count == 0, description: "AppHost left no process behind");
        _data.Dispose();
    }

    private async Task<int> SignalAsync(UnixSignal signal)
    {
        ProcessSignals.Send(_id, signal);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    private async Task<IReadOnlyList<string>> QuickstartUrlsAsync()
    {
        var arguments = new List<string>();
        foreach (var name in (string[])["registry", "inference", "training", "monitoring"])
        {
            arguments.Add($"--{name}");
            arguments.Add((await GetUrlAsync(name)).ToString());
        }
        return arguments;
    }

    private void Append(string? line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
        }
    }
}
