using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Aspire.Hosting.Processes;
using Aspire.Hosting.ResourceService;
using Slipway.Testing;

namespace Slipway.Hosting.Tests.Fixtures;

/// <summary>The test program run as an AppHost in a process of its own.</summary>
internal sealed class AppHostProcess : IAsyncDisposable
{
    private static readonly HttpClient s_client = new();
    private readonly Process _process;
    private readonly List<string> _lines = [];
    private readonly string _marker = Guid.NewGuid().ToString("N");
    private readonly string _data;

    private AppHostProcess(string model, string data, IEnumerable<string> args)
    {
        _data = data;
        var info = new ProcessStartInfo(ProgramPath.DotNet, [typeof(AppHostProcess).Assembly.Location, "--data", data, .. args])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { [SampleModels.Variable] = model, ["SLIPWAY_TEST_MARKER"] = _marker },
        };
        _process = new Process { StartInfo = info };
        _process.OutputDataReceived += (_, e) => Add(e.Data);
        _process.ErrorDataReceived += (_, e) => Add(e.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public string Output
    {
        get
        {
            lock (_lines)
            {
                return string.Join('\n', _lines);
            }
        }
    }

    /// <summary>Every living process that this AppHost started, and what those started.</summary>
    public IReadOnlyList<string> Descendants => ProcessScan.Find(_marker, _data, except: Id);

    public static AppHostProcess Start(string model, string data, params string[] args) => new(model, data, args);

    public Task WaitUntilReadyAsync() =>
        Eventually.TrueAsync(
            () => Output.Contains("is ready", StringComparison.Ordinal) || _process.HasExited,
            TimeSpan.FromSeconds(90),
            $"AppHost is ready. Its output:\n{Output}"
        );

    public void Signal(UnixSignal signal) => ProcessSignals.Send(Id, signal);

    public void CloseInput() => _process.StandardInput.Close();

    public async Task<int> WaitForExitAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public async Task<IReadOnlyList<ResourceDocument>> GetResourcesAsync()
    {
        var info = JsonSerializer.Deserialize(
            await File.ReadAllTextAsync(Path.Combine(_data, "run", "apphost.json")),
            ResourceJsonContext.Default.AppHostDocument
        )!;
        return (
            await s_client.GetFromJsonAsync(
                new Uri($"{info.ResourcesUrl}/api/v1/resources"),
                ResourceJsonContext.Default.ListResourceDocument
            )
        )!;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            Signal(UnixSignal.Terminate);
            await WaitForExitAsync();
        }

        _process.Dispose();
    }

    private void Add(string? line)
    {
        lock (_lines)
        {
            _lines.Add(line ?? "");
        }
    }
}
